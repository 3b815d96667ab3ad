import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { serve } from "../../../../cli/common/loopback.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { type HeaderField, type HttpRequest, sendRequest } from "../../../support/http.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";
import { type Stack, startStack } from "../../../support/stack.ts";

const running: Stack[] = [];
afterAll(() => Promise.all(running.map((stack) => stack.stop())));

/** A gate with the program of docs/reference/runtimes.md, the local Entra and the sample origin. */
async function start(
  gateEntry: string,
  gateVars: Readonly<Record<string, string>> = {},
  runtime: "Node" | "Bun" | "Deno" = "Node",
): Promise<Stack> {
  const runGate = (file: string, vars: Readonly<Record<string, string>>) =>
    runtime === "Deno" ? serveInDeno(file, vars) : serveByFile(runtime, file, vars);
  const stack = await startStack({ gateEntry, gateVars, runGate });
  running.push(stack);
  return stack;
}

const issue = async ({ entraUrl }: Stack, token: object): Promise<string> =>
  (
    await fetch(`${entraUrl}/local/access-token`, {
      method: "POST",
      body: JSON.stringify({ persona: "member", ...token }),
    })
  ).text();

const withToken = (token: string): readonly HeaderField[] => [["Authorization", `Bearer ${token}`]];

describe("a gate in Node", async () => {
  const stack = await start("test/gates/readings.ts");
  const token = await issue(stack, {});
  const statusOf = async (request: HttpRequest) => (await sendRequest(stack.gateUrl, request)).status;

  it("refuses a second token in the query on a guarded route", async () => {
    const path = "/orders?access%5Ftoken=x";
    expect(await statusOf({ path, headers: withToken(token) })).toBe(400);
    expect(await statusOf({ path: "/files/open?access_token=x", headers: withToken(token) })).toBe(200);
  });
});

describe.each(["Node", "Bun"] as const)("the server of %s resolves dot segments before the gate", async (runtime) => {
  const stack = await start("test/gates/readings.ts", {}, runtime);
  const headers = withToken(await issue(stack, {}));
  const statusOf = async (request: HttpRequest) => (await sendRequest(stack.gateUrl, request)).status;

  it.each(["/files/../admin/users", "/files/%2e%2e/admin/users", "/files/x/..%2f../secret", "/./admin/users"])(
    "%s does not reach a closed route through a public one",
    async (path) => {
      const isAmbiguous = path.includes("%2f");
      expect(await statusOf({ path })).toBe(isAmbiguous ? 404 : 401);
      expect(await statusOf({ path, headers })).toBe(isAmbiguous ? 404 : 403);
    },
  );

  it("so that the origin gets the path that the gate decided about", async () => {
    expect(await statusOf({ path: "/admin/%2e%2e/files/./open" })).toBe(200);
    const { last } = (await (await fetch(`${stack.originUrl}/local/requests`)).json()) as { last: { path: string } };
    expect(last.path).toBe("/files/open");
  });
});

it.each(["Deno", "Bun", "Node"] as const)(
  "an admitted request for a WebSocket gets 501 and does not reach the origin: %s",
  async (runtime) => {
    const stack = await start("test/gates/forwarding.ts", {}, runtime);
    const upgrade = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"];
    const lines = ["GET /orders HTTP/1.1", `Host: ${new URL(stack.gateUrl).host}`, ...upgrade];
    const token = `Authorization: Bearer ${await issue(stack, {})}`;
    const socket = connect(Number(new URL(stack.gateUrl).port), "127.0.0.1");
    socket.write([...lines, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", token, "", ""].join("\r\n"));
    const [first] = (await once(socket, "data")) as [Buffer];
    socket.destroy();
    expect(Number(first.toString("latin1").split(" ")[1])).toBe(501);
    expect(await (await fetch(`${stack.originUrl}/local/requests`)).json()).toMatchObject({ count: 0 });
  },
);

it.concurrent.each(["Node", "Bun", "Deno"] as const)(
  "a client gets the response of an origin that is silent for 15 seconds: %s",
  async (runtime) => {
    const origin = await serve((_, response) => void setTimeout(() => response.end("late"), 15_000));
    try {
      const stack = await start("test/gates/forwarding.ts", { ORIGIN_URL: origin.url }, runtime);
      const { status, body } = await sendRequest(stack.gateUrl, { headers: withToken(await issue(stack, {})) });
      expect([status, body]).toEqual([200, "late"]);
    } finally {
      await origin.stop();
    }
  },
);

it("tokens of invented tenants use up only the budget of unseen tenants in Node", async () => {
  const stack = await start("test/gates/any-tenant.ts", {
    ENTRA_TENANT_ID: "organizations",
    GATE_HEALTH: "public",
  });
  const ask = async (token: string, path = "/orders") =>
    sendRequest(stack.gateUrl, { path, headers: withToken(token) });
  const known = await issue(stack, {});
  expect((await ask(known)).status).toBe(200);
  const statuses: number[] = [];
  for (let count = 0; count < 150; count += 1) {
    const tid = crypto.randomUUID();
    const { status, headers } = await ask(
      await issue(stack, { claims: { tid, iss: `${stack.entraUrl}/${tid}/v2.0` } }),
    );
    statuses.push(status);
    if (status === 503) expect(headers.map(([name]) => name)).toContain("retry-after");
  }
  expect([...new Set(statuses)].sort()).toEqual([401, 503]);
  expect(statuses.slice(0, 95)).not.toContain(503);
  expect((await ask(known)).status).toBe(200);
  expect((await ask(known, "/.well-known/entra-gate/health")).status).toBe(200);
});
