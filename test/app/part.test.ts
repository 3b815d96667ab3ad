import { describe, expect, it, vi } from "vitest";
import type { PartRoute } from "../../src/app/part.ts";
import { addPart, addRoute, type PartStep } from "../../src/app/part.ts";
import { compileRoute, runHandler, withoutContract } from "../../src/app/pipeline/pipeline.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";
import { caller, createAppWorld, noting } from "../support/app-world.ts";

const answer = () => new Response("answered");
const route = { method: "GET", path: "/a", name: "a", hooks: requireAuth("a"), handler: answer } as const;

function createWorld(changes: Partial<PartRoute>) {
  return createAppWorld((app) => void addRoute(app, { ...route, ...changes }));
}

describe("the step of a part", () => {
  it("runs behind the guard and the hooks of the app, and gets the response before they do", async () => {
    const turns: string[] = [];
    const step: PartStep = () => {
      turns.push("step");
      return (response) => {
        turns.push("read");
        return response;
      };
    };
    const handler = () => {
      turns.push("handler");
      return answer();
    };
    const world = createWorld({ step, handler, hooks: [requireAuth("a"), noting(turns, "hook")] });
    expect((await world.ask("/a")).status).toBe(401);
    expect(turns).not.toContain("step");
    turns.length = 0;
    expect((await world.ask("/a", caller("a"))).status).toBe(200);
    const around = ["hook preBody", "hook beforeHandle", "step", "handler", "read", "hook afterHandle", "hook onSend"];
    expect(turns.filter((turn) => around.includes(turn))).toEqual(around);
  });

  it("refuses a request, which no hook afterHandle changes", async () => {
    const handler = vi.fn(answer);
    const afterHandle = vi.fn(() => ({ status: 200 }));
    const step: PartStep = (context) => context.refuse({ reason: "requirement_missing", scopes: [] });
    const world = createWorld({ step, handler, hooks: [requireAuth("a"), { afterHandle }] });
    expect((await world.ask("/a", caller("a"))).status).toBe(403);
    expect([handler.mock.calls, afterHandle.mock.calls]).toEqual([[], []]);
  });

  it("gets no refusal of the gate in place of a response", async () => {
    const read = vi.fn((response) => response);
    const world = createWorld({ step: () => read, handler: origin() });
    world.io.setFetch(() => Promise.reject(new TypeError("no connection")));
    expect((await world.ask("/a", caller("a"))).status).toBe(502);
    expect(read).not.toHaveBeenCalled();
  });

  it("does not run without an admission", async () => {
    const step = vi.fn<PartStep>(() => (response) => response);
    const input = { ...withoutContract, around: [], access: { kind: "public" }, handler: runHandler(answer) } as const;
    const { respond } = compileRoute({ ...input, step });
    const context = { admission: undefined, admit() {}, answerError: (error: unknown) => String(error) };
    expect(await respond(context as never)).toContain("not admitted");
    expect(step).not.toHaveBeenCalled();
  });
});

describe("a part", () => {
  it("changes the refusals of its routes, and no other response", async () => {
    const world = createAppWorld((app) => {
      for (const path of ["/a", "/b"] as const) {
        app.get(path, { hooks: requireAuth("a") }, () => new Response(null, { status: 403 }));
      }
      addPart(app, {
        name: "part of the test",
        check() {},
        refusalsOf({ path, access }) {
          if (path !== "/a") return undefined;
          return (refusal, { reason }, { asked }) => {
            refusal.headers.set("x-changed", `${reason} ${asked === access}`);
            return refusal;
          };
        },
      });
    });
    const ask = async (path: string, ...scopes: string[]) => {
      const response = await world.ask(path, caller(...scopes));
      return [response.status, response.headers.get("x-changed")];
    };
    expect(await ask("/a", "b")).toEqual([403, "scope_missing true"]);
    expect(await ask("/b", "b")).toEqual([403, null]);
    expect(await ask("/a", "a")).toEqual([403, null]);
  });

  it("has a CORS policy of its own in a gate, for its route only", async () => {
    const cors = (_: Request, response = new Response(null, { status: 204 })) => {
      response.headers.set("access-control-allow-origin", "https://app.contoso.com");
      return response;
    };
    const routes = new App().get("/b", { public: true }, () => ({ status: 200 }));
    addRoute(routes, { method: "GET", path: "/a", name: "a", public: true, cors, handler: answer });
    const gate = createGate({ routes, unlisted: "reject" });
    const environment = {
      ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
      ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
    };
    const ask = async (path: string, method: string) => {
      const headers = { origin: "https://app.contoso.com", "access-control-request-method": "GET" };
      const request = new Request(`https://api.contoso.example${path}`, { method, headers });
      return (await gate.fetch(request, environment)).headers.get("access-control-allow-origin");
    };
    expect([await ask("/a", "GET"), await ask("/a", "OPTIONS")]).toEqual(Array(2).fill("https://app.contoso.com"));
    expect([await ask("/b", "GET"), await ask("/b", "OPTIONS")]).toEqual([null, null]);
  });

  it("has any JSON in the free parts of a body, and nowhere else", async () => {
    const freeJson = {
      namesMaximum: 10,
      depthMaximum: 3,
      separate: (body: unknown) => {
        const { free, ...strict } = body as Record<string, unknown>;
        return { strict: { ...strict, free: null }, free: [free] };
      },
    };
    const world = createWorld({ method: "POST", freeJson, handler: origin() });
    const send = async (body: string) => {
      const headers = { ...caller("a").headers, "content-type": "application/json" };
      return (await world.ask("/a", { method: "POST", body, headers })).status;
    };
    expect(await send('{"free":{"a":1,"A":2}}')).toBe(200);
    expect(await send('{"a":1,"A":2,"free":{}}')).toBe(400);
  });
});
