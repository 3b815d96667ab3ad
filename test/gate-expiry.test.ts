import { describe, expect, it } from "vitest";
import { z } from "zod";
import { tenants } from "../entra/directory/directory.ts";
import { personas } from "../entra/directory/personas.ts";
import type { GateOptions } from "../src/app/gate-options.ts";
import { revocations } from "../src/extensions/revocations/revocations.ts";
import { App, type Hooks, origin, requireAuth } from "../src/index.ts";
import { bearer, createGateWorld, entra } from "./support/gate-world.ts";
import { frozenNowSeconds, settle } from "./support/io.ts";

const hooks = requireAuth("access_as_user");

/** A gate in which `pass` lets a token expire, once `slow` is set. */
function createSlowWorld(options: (pass: () => undefined) => GateOptions, changes: (pass: () => undefined) => object) {
  const state = { slow: false };
  const pass = () => {
    if (state.slow) world.io.jump(2 * 3_600_000);
    state.slow = false;
    return undefined;
  };
  const world = createGateWorld(options(pass), { ...changes(pass) });
  return Object.assign(state, { world, pass });
}

/** What the guard waits for, in options and variables that call `pass`. */
const waits: readonly [string, (pass: () => undefined) => GateOptions, ((pass: () => undefined) => object)?][] = [
  [
    "isTenantAllowed",
    (pass) => ({
      async isTenantAllowed() {
        pass();
        return true;
      },
    }),
  ],
  ["revokedAtSeconds", (pass) => ({ revokedAtSeconds: async () => pass() })],
  [
    "the list of revocations",
    () => ({ revocations: revocations() }),
    (pass) => ({
      REVOCATIONS: {
        async get() {
          pass();
          return new Response(JSON.stringify({ schema: "entra-gate/revocations/1", rules: [] })).body;
        },
      },
    }),
  ],
];

describe("a token that expires while the guard waits", () => {
  it.each(waits)(
    "for %s is refused, whether it is known or not",
    { tags: "expiry" },
    async (_, options, changes = () => ({})) => {
      for (const isKnown of [false, true]) {
        const slow = createSlowWorld(options, changes);
        const { world } = slow;
        const token = await bearer();
        if (isKnown) {
          expect((await world.ask("/orders", { token })).status).toBe(200);
          // The list of revocations is read again.
          world.io.jump(600_000);
        }
        const forwarded = world.forwarded.length;
        slow.slow = true;
        expect((await world.ask("/orders", { token })).status).toBe(401);
        expect(world.refusals()).toMatchObject([{ reason: "expired" }]);
        expect(world.forwarded).toHaveLength(forwarded);
      }
    },
  );

  it("for keys is refused, and allowed nowhere in the log", { tags: "expiry" }, async () => {
    const { world } = createSlowWorld(
      () => ({}),
      () => ({ GATE_LOG_ALLOWED: "1" }),
    );
    world.io.setFetch((request) => {
      world.io.jump(2 * 3_600_000);
      return entra.fetch(request);
    });
    const response = await world.ask("/orders", { token: await bearer() });
    expect([response.status, response.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringContaining('error="invalid_token"'),
    ]);
    expect(world.io.lines.filter(({ event }) => event === "allowed" || event === "refused")).toMatchObject([
      { event: "refused", reason: "expired" },
    ]);
  });

  it("is refused with 401 and not 403, so that its client asks for a new one, also in report mode", {
    tags: "expiry",
  }, async () => {
    for (const mode of ["enforce", "report"]) {
      const slow = createSlowWorld(waits[0]![1], () => ({ GATE_MODE: mode }));
      slow.slow = true;
      const token = await bearer({ scopes: ["another"] });
      expect((await slow.world.ask("/orders", { token })).status).toBe(401);
    }
  });
});

describe("a token that expires after the guard", () => {
  const body = z.object({});
  /** A hook that answers. */
  const answer = () => new Response("of a hook");

  it.each(["preBody", "beforeHandle"] as const)(
    "while a hook %s waits is refused, nothing runs, and no later hook gets its caller",
    { tags: ["expiry", "refused-callers"] },
    async (name) => {
      const ran: string[] = [];
      const seen: unknown[] = [];
      const look: Hooks = {
        onSend: (_, { state }) => void seen.push(state.principal?.oid),
        onResponse: (_, { state }) => void seen.push(state.principal?.oid),
      };
      const routes = new App()
        .use(look)
        .get("/me", { hooks: [hooks, { [name]: async () => slow.pass() }] }, () => {
          ran.push("handler");
          return { status: 200 };
        })
        .get("/orders", { hooks: [hooks, { [name]: async () => slow.pass() }] }, origin())
        .get("/early", { hooks: [hooks, { [name]: async () => slow.pass() }, { [name]: answer }] }, origin());
      const slow = createSlowWorld(
        () => ({ routes }),
        () => ({}),
      );
      for (const path of ["/me", "/orders", "/early"]) {
        const token = await bearer();
        expect((await slow.world.ask(path, { token })).status).toBe(200);
        expect(seen.splice(0)).toEqual([personas.member.oid, personas.member.oid]);
        slow.slow = true;
        expect((await slow.world.ask(path, { token })).status).toBe(401);
        expect(seen.splice(0)).toEqual([undefined, undefined]);
        slow.world.io.jump(-2 * 3_600_000);
      }
      expect(slow.world.refusals()).toMatchObject(Array(3).fill({ reason: "expired", tenant: tenants.contoso.id }));
      expect([ran.length, slow.world.forwarded.length]).toEqual([1, 1]);
    },
  );

  it("while its body arrives is refused, and nothing runs", { tags: "expiry" }, async () => {
    const ran: string[] = [];
    const routes = new App()
      .post("/me", { hooks, request: { body } }, () => {
        ran.push("handler");
        return { status: 200 };
      })
      .post("/orders", { hooks, request: { body } }, origin())
      .post("/early", { hooks: [hooks, { beforeHandle: answer }], request: { body } }, origin());
    const { world } = createSlowWorld(
      () => ({ routes }),
      () => ({}),
    );
    for (const path of ["/me", "/orders", "/early"]) {
      const pull = (controller: ReadableStreamDefaultController) => {
        world.io.jump(2 * 3_600_000);
        controller.enqueue(new TextEncoder().encode("{}"));
        controller.close();
      };
      const late = new ReadableStream({ pull }, { highWaterMark: 0 });
      const headers = { "content-type": "application/json" };
      const response = await world.ask(path, { method: "POST", token: await bearer(), headers, body: late });
      expect(response.status).toBe(401);
      world.io.jump(-2 * 3_600_000);
    }
    expect(world.refusals()).toMatchObject(Array(3).fill({ reason: "expired" }));
    expect([ran, world.forwarded]).toEqual([[], []]);
  });
});

describe("a caller who is revoked after the guard", () => {
  const list = (rules: readonly object[]) => JSON.stringify({ schema: "entra-gate/revocations/1", rules });
  const rule = { user: `${tenants.contoso.id}/${personas.member.oid}`, before: "2100-01-01T00:00:00Z" };
  const kinds: readonly [string, (isRevoked: () => boolean) => [GateOptions, Record<string, unknown>]][] = [
    [
      "revokedAtSeconds",
      (isRevoked) => [{ revokedAtSeconds: () => (isRevoked() ? frozenNowSeconds + 1 : undefined) }, {}],
    ],
    [
      "the list of revocations",
      (isRevoked) => [
        { revocations: revocations() },
        { REVOCATIONS: { get: async () => new Response(list(isRevoked() ? [rule] : [])).body } },
      ],
    ],
  ];

  it.each(kinds)(
    "by %s is refused before a handler or the origin, if half a minute has passed",
    { tags: "revocation-rules" },
    async (_, describeKind) => {
      let isRevoked = false;
      const ran: string[] = [];
      const [options, changes] = describeKind(() => isRevoked);
      const waiting: Hooks = { beforeHandle: async ({ request }) => void (await request.text()) };
      const routes = new App()
        .post("/me", { hooks, request: { body: z.object({}) } }, () => {
          ran.push("handler");
          return { status: 200 };
        })
        .post("/orders", { hooks, request: { body: z.object({}) } }, origin())
        .post("/hooked", { hooks: [hooks, waiting] }, origin());
      const world = createGateWorld({ routes, ...options }, changes);
      const send = async (path: string, seconds: number) => {
        isRevoked = false;
        // So that the list is read again.
        world.io.jump(600_000);
        const pull = (controller: ReadableStreamDefaultController) => {
          isRevoked = true;
          world.io.jump(seconds * 1_000);
          controller.enqueue(new TextEncoder().encode("{}"));
          controller.close();
        };
        const body = new ReadableStream({ pull }, { highWaterMark: 0 });
        const token = await bearer();
        return (await world.ask(path, { method: "POST", token, headers: { "content-type": "application/json" }, body }))
          .status;
      };
      expect([await send("/me", 29), await send("/orders", 29)]).toEqual([200, 200]);
      for (const path of ["/me", "/orders", "/hooked"]) expect([path, await send(path, 61)]).toEqual([path, 403]);
      expect([ran.length, world.forwarded.length]).toEqual([1, 1]);
    },
  );

  it("by a list that another request has read is refused at once", { tags: "revocation-rules" }, async () => {
    let rules: readonly object[] = [];
    const other = await bearer({ persona: "admin" });
    const meanwhile = async () => {
      world.io.jump(1_000);
      await world.ask("/me", { token: other });
      // The list is read in the background.
      await settle();
      return undefined;
    };
    const routes = new App()
      .get("/me", { hooks }, () => ({ status: 200 }))
      .get("/slow", { hooks: [hooks, { beforeHandle: meanwhile }] }, () => ({ status: 200 }));
    const world = createGateWorld(
      { routes, revocations: revocations() },
      { REVOCATIONS: { get: async () => new Response(list(rules)).body } },
    );
    const statuses: number[] = [];
    for (const written of [[], [rule]]) {
      expect((await world.ask("/me", { token: other })).status).toBe(200);
      world.io.jump(29_000);
      rules = written;
      statuses.push((await world.ask("/slow", { token: await bearer() })).status);
    }
    expect(statuses).toEqual([200, 403]);
  });
});
