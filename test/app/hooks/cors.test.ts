import { describe, expect, it } from "vitest";
import { type CorsOptions, cors } from "../../../src/app/hooks/cors.ts";
import { isPreflight } from "../../../src/base/http/call.ts";

const app = "https://app.contoso.com";
const evil = "https://evil.example";

const ask = (method: string, headers: Record<string, string> = {}) =>
  new Request("https://api.contoso.com/orders", { method, headers });
const preflight = (origin = app) =>
  ask("OPTIONS", {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization",
  });

/** Applies a policy to a request and its response. */
async function pass(policy: CorsOptions, request: Request, status = 200) {
  const given = new Response(`answer to ${request.method}`, { status, headers: { vary: "Accept" } });
  const response = await cors(policy).cors(request, isPreflight(request) ? undefined : given);
  return { response, allowed: response.headers.get("access-control-allow-origin") };
}

describe("with a policy", () => {
  const policy: CorsOptions = { origin: [app, "http://localhost:5173"] };

  it("a preflight gets permission, and does not reach the app", async () => {
    const { response, allowed } = await pass({ ...policy, maxAgeSeconds: 600 }, preflight());
    expect([response.status, allowed]).toEqual([204, app]);
    expect(response.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
    expect(response.headers.get("access-control-allow-methods")).toContain("POST");
    expect(response.headers.get("access-control-max-age")).toBe("600");
  });

  it.each([
    evil,
    "null",
    "https://app.contoso.com.evil.example",
    "http://app.contoso.com",
    "https://APP.contoso.com",
    "https://app.contoso.com:8443",
  ])("a preflight from %s gets no permission, and does not reach the app", async (origin) => {
    const { allowed } = await pass(policy, preflight(origin));
    expect(allowed).toBeNull();
  });

  it.each([200, 401, 403, 500])(
    "an answer of %i can be read by an allowed origin, with its challenge",
    async (status) => {
      const { response, allowed } = await pass(policy, ask("GET", { origin: app }), status);
      expect([response.status, allowed]).toEqual([status, app]);
      expect(response.headers.get("access-control-expose-headers")).toBe("www-authenticate,retry-after");
      expect(response.headers.get("access-control-allow-credentials")).toBeNull();
      expect(response.headers.get("vary")).toMatch(/origin/i);
      expect(response.headers.get("vary")).toMatch(/accept/i);
      expect(await response.text()).toBe("answer to GET");
    },
  );

  it("an answer is unreadable for another origin", async () => {
    for (const request of [ask("GET", { origin: evil }), preflight(evil), ask("GET")]) {
      const { response, allowed } = await pass(policy, request);
      expect([allowed, response.headers.get("vary")?.includes("Origin")]).toEqual([null, true]);
    }
  });

  it("runs synchronously for answers and preflights", () => {
    const { cors: apply } = cors(policy);
    expect(apply(ask("GET", { origin: app }), new Response())).toBeInstanceOf(Response);
    expect(apply(preflight())).toBeInstanceOf(Response);
  });

  it("a WebSocket is returned unchanged", async () => {
    const [socket] = Object.values(new WebSocketPair());
    const upgraded = new Response(null, { status: 101, webSocket: socket ?? null });
    expect(await cors(policy).cors(ask("GET", { origin: app }), upgraded)).toBe(upgraded);
  });

  it("headers and methods come from the policy", async () => {
    const narrow: CorsOptions = { ...policy, allowedHeaders: ["x-a"], methods: ["GET"], exposedHeaders: ["x-b"] };
    const { response } = await pass(narrow, preflight());
    expect(response.headers.get("access-control-allow-headers")).toBe("x-a");
    expect(response.headers.get("access-control-allow-methods")).toBe("GET");
    const answered = await pass(narrow, ask("GET", { origin: app }));
    expect(answered.response.headers.get("access-control-expose-headers")).toBe("www-authenticate,retry-after,x-b");
  });

  it("the list of origins may be empty", async () => {
    const { allowed } = await pass({ origin: [] }, ask("GET", { origin: app }));
    expect(allowed).toBeNull();
  });

  it.each([
    "*",
    "null",
    "",
    "app.contoso.com",
    `${app}/`,
    `${app}/path`,
    "https://*.contoso.com/",
    "HTTPS://app.contoso.com",
    "https://App.contoso.com",
    "https://app.contoso.com:443",
    "blob:https://app.contoso.com/x",
    "file:///",
  ])("an origin must be written as browsers write it, not %j", (origin) => {
    expect(() => cors({ origin: [app, origin] })).toThrow(
      new TypeError(`cors: origin ${JSON.stringify(origin)} must look like https://app.contoso.com`),
    );
  });

  it("the policy does not change when its list changes", async () => {
    const origins = [app];
    const { cors: apply } = cors({ origin: origins });
    origins.push(evil);
    const response = await apply(ask("GET", { origin: evil }), new Response());
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});
