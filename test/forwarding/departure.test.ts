import { describe, expect, it } from "vitest";
import { createFakeIo } from "../support/io.ts";
import { forward, reasonOf } from "../support/origin.ts";

/**
 * A request with a body, because Workers themselves cancel one without it: test/worker/workerd/origin/streams.test.ts.
 */
const requestOf = (signal: AbortSignal) =>
  new Request("https://api.contoso.example/orders", { method: "POST", body: "body", signal });

const obedient = () =>
  createFakeIo({
    fetch: ({ signal }) =>
      new Promise((_, reject) => {
        if (signal.aborted) reject(signal.reason);
        signal.addEventListener("abort", () => reject(signal.reason));
      }),
  });

describe("a client that closes the connection", () => {
  it("cancels the origin's request", async () => {
    const io = obedient();
    const client = new AbortController();
    const pending = forward(requestOf(client.signal), { io });
    expect(io.requests[0]?.signal.aborted).toBe(false);
    client.abort();
    expect(reasonOf(await pending)).toBe("client_gone");
    expect(io.requests[0]?.signal.aborted).toBe(true);
    expect(io.timers()).toBe(0);
  });

  it("cancels it after the head of the response too", async () => {
    const io = createFakeIo({ fetch: () => new Response("ok") });
    const client = new AbortController();
    await forward(requestOf(client.signal), { io });
    client.abort();
    expect(io.requests[0]?.signal.aborted).toBe(true);
  });

  it("cancels the request to a service binding, which Workers do not, even without a body", async () => {
    const client = new AbortController();
    const asked: Request[] = [];
    const service = {
      fetch(request: Request) {
        asked.push(request);
        return Promise.resolve(new Response("ok"));
      },
    };
    const config = { target: { kind: "service", service }, authorization: "forward", cookies: "forward" } as const;
    const request = new Request("https://api.contoso.example/orders", { signal: client.signal });
    await forward(request, { io: createFakeIo(), config });
    expect(asked[0]?.signal.aborted).toBe(false);
    client.abort();
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it("causes no request if it closed before", async () => {
    const io = obedient();
    expect(reasonOf(await forward(requestOf(AbortSignal.abort()), { io }))).toBe("client_gone");
  });
});
