import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tenants } from "../../../../../entra/directory/directory.ts";
import { bundleWorkerOnce } from "../../../../support/bundle.ts";
import { type OriginStack, startOriginStack } from "../../../../support/origin-stack.ts";
import type { StackOptions } from "../../../../support/stack.ts";
import { startWorkers, type WorkerGroup, type WorkerInput } from "../../../../support/worker-process.ts";
import { type MutualTlsOrigin, startMutualTlsOrigin } from "../../../support/mutual-tls-origin.ts";
import { openConversation } from "../../../support/web-socket.ts";

const url = "https://origin.contoso.example";

/** Lines of the gate and of its neighbor, which logs its exceptions as text. */
const lines: string[] = [];
const listReasons = () =>
  lines
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => (JSON.parse(line) as { reason?: string }).reason ?? []);

/** A gate whose binding ORIGIN carries the requests to ORIGIN_URL. */
const startBound = (
  binding: NonNullable<StackOptions["gateBindings"]>[string],
  neighbor?: WorkerInput,
  entry?: string,
) =>
  startOriginStack({
    vars: { ORIGIN_URL: url },
    ...(entry !== undefined && { entry }),
    more: {
      gateBindings: { ORIGIN: binding },
      ...(neighbor && { gateNeighbors: [neighbor] }),
      onGateLog: (line) => void lines.push(line),
    },
  });

const sample: WorkerInput = {
  name: "sample",
  code: await bundleWorkerOnce("cli/dev/origin/worker.ts"),
  port: 0,
  vars: { ANY_HOST: "true" },
};

let elsewhere: WorkerGroup;
let mutualTls: MutualTlsOrigin;
beforeAll(async () => {
  elsewhere = await startWorkers([sample]);
  const { hostname, port } = new URL(elsewhere.urls[0]!);
  mutualTls = await startMutualTlsOrigin((socket) => {
    const plain = connect({ host: hostname, port: Number(port) });
    plain.on("error", () => socket.destroy());
    plain.on("close", () => socket.destroy());
    socket.on("close", () => plain.destroy());
    socket.pipe(plain).pipe(socket);
  });
});
afterAll(() => Promise.all([elsewhere.stop(), mutualTls.stop()]));

describe.each([
  ["a service binding", () => startBound({ type: "worker", worker: sample.name }, sample)],
  ["a binding with a client certificate", () => startBound(mutualTls.binding)],
] as const)("%s beside a URL", (_, start) => {
  let stack: OriginStack;
  beforeAll(async () => {
    stack = await start();
  });
  afterAll(() => stack.stop());

  const readJournal = async () =>
    (await (await stack.send("/local/requests")).json()) as {
      readonly count: number;
      readonly cancelled: number;
      readonly last: { readonly headers: Readonly<Record<string, string>> };
    };

  it("carries a request with the host of the URL, and with the gate's headers alone", async () => {
    const answer = await stack.send("/orders?a=1&a=2", { headers: { "x-entra-roles": "forged" } });
    const seen = (await answer.json()) as { readonly url: string; readonly headers: Readonly<Record<string, string>> };
    expect(seen.url.replace("http:", "https:")).toBe(`${url}/orders?a=1&a=2`);
    expect(seen.headers["x-entra-tenant"]).toBe(tenants.contoso.id);
    expect(JSON.stringify(seen)).not.toContain("forged");
    expect((await fetch(`${stack.gateUrl}/orders`)).status).toBe(401);
  });

  it.each([
    ["Content-Length: 5", "hello"],
    ["Transfer-Encoding: chunked", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"],
  ])("carries an upload with %s", async (line, body) => {
    const connection = await stack.begin("POST", "/orders", [line]);
    connection.write(body);
    await connection.until(/"bytes":5,.*"text":"hello"/);
    connection.close();
    const { last } = await readJournal();
    expect([last.headers["content-length"], last.headers["transfer-encoding"]]).toEqual(
      line.startsWith("C") ? ["5", undefined] : [undefined, "chunked"],
    );
  });

  it("carries a response piece by piece, and its end when the client leaves", async () => {
    const { cancelled } = await readJournal();
    const controller = new AbortController();
    const answer = await stack.send("/drip", { signal: controller.signal });
    expect((await answer.body!.getReader().read()).done).toBe(false);
    controller.abort();
    await expect.poll(async () => (await readJournal()).cancelled).toBe(cancelled + 1);
  });

  it("carries a WebSocket", async () => {
    const { socket, next } = await openConversation(stack.gateUrl, { authorization: `Bearer ${stack.token}` }, []);
    expect(JSON.parse((await next()) as string).headers["x-entra-tenant"]).toBe(tenants.contoso.id);
    socket.send("hello");
    expect(await next()).toBe("hello");
    socket.close();
  });

  it("carries a conditional request, and its 304", async () => {
    // `fetch` would add headers of its own to it.
    const answer = await stack.sendRaw("GET", "/status/304", ['If-None-Match: "a"', 'X-Sample-Headers: etag="a"']);
    expect(answer).toMatch(/^HTTP\/1\.1 304 /);
    expect(answer).toMatch(/^etag: "a"\r$/im);
    const { last } = await readJournal();
    expect(last.headers["if-none-match"]).toBe('"a"');
    expect(last.headers).not.toHaveProperty("pragma");
  });

  it("has its Location moved to the gate if it is of the URL, and unchanged otherwise", async () => {
    const locate = async (location: string) => {
      const headers = { "x-sample-headers": `location=${encodeURIComponent(location)}` };
      return (await stack.send("/status/302", { headers })).headers.get("location");
    };
    expect(await locate(`${url}/next?a=b`)).toBe(`${stack.gateUrl}/next?a=b`);
    expect(await locate("https://elsewhere.example/next")).toBe("https://elsewhere.example/next");
  });

  it.each(["/orders/..%2fadmin", "//orders", "/orders/%252e%252e/admin"])("never gets %s", async (path) => {
    const { count } = await readJournal();
    expect(await stack.sendRaw("GET", path)).toMatch(/^HTTP\/1\.1 404 /);
    expect((await readJournal()).count).toBe(count);
  });
});

describe("a binding that does not reach its origin means", () => {
  const worker = (body: string): WorkerInput => ({
    name: "other",
    code: `export default { async fetch() { ${body} } };`,
    port: 0,
    vars: {},
  });
  const toOther = { type: "worker", worker: "other" } as const;

  it.each([
    [
      "502 if its fetch throws",
      502,
      "origin_unreachable",
      () => startBound(toOther, worker('throw new Error("refused")')),
    ],
    [
      "502 without the client certificate",
      502,
      "origin_unreachable",
      () => startBound(mutualTls.bindingWithoutCertificate),
    ],
    [
      "504 if it does not answer within the deadline",
      504,
      "origin_timeout",
      () =>
        startBound(
          toOther,
          worker("await new Promise((resolve) => setTimeout(resolve, 3_600_000));"),
          "test/gates/origin-impatient.ts",
        ),
    ],
  ] as const)("%s", async (_, status, reason, start) => {
    lines.length = 0;
    const stack = await start();
    try {
      expect((await stack.send("/orders")).status).toBe(status);
      await expect.poll(listReasons).toEqual([reason]);
    } finally {
      await stack.stop();
    }
  });
});
