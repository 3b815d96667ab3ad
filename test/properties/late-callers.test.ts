import fc from "fast-check";
import { Hono } from "hono";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { tenants } from "../../entra/directory/directory.ts";
import { personas } from "../../entra/directory/personas.ts";
import * as daloy from "../../src/adapters/daloy.ts";
import * as hono from "../../src/adapters/hono.ts";
import type { EntraOptions } from "../../src/core/guard/entra-options.ts";
import { App, createGate, type HookContext, type Hooks, origin, requireAuth, revocations } from "../../src/index.ts";
import { environmentWith, plainLog } from "../support/environment.ts";
import { bearer, entra } from "../support/frozen-entra.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds, settle } from "../support/io.ts";
import { createQuestion } from "../support/isolate-world.ts";
import { tries } from "../support/property.ts";

const listUrl = "https://lists.contoso.example/revocations";
let member: string;
let admin: string;
/** When the gate begins to refuse the token of the member. */
let expiresAtMs: number;
beforeAll(async () => {
  member = await bearer();
  admin = await bearer({ persona: "admin" });
  const { exp } = JSON.parse(atob(member.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")));
  expiresAtMs = (exp + 60) * 1_000;
});

/** What happens while something waits. */
interface Step {
  /** In milliseconds, or how long before or after the end of the token it stops. */
  readonly wait: number | { readonly end: number };
  /** Whether the member is revoked from now on; `undefined` changes nothing. */
  readonly revokes: boolean | undefined;
  /** Whether another caller sends a request, so that the isolate may read its list again. */
  readonly shares: boolean;
}

/** A request, and what happens meanwhile. */
interface Plan {
  readonly kind: "none" | "callback" | "list" | "both";
  /** In `isTenantAllowed` and in the callback for revocations. */
  readonly inGuard: readonly [Step, Step];
  readonly inHooks: readonly { readonly name: "preBody" | "beforeHandle"; readonly step: Step }[];
  /** Hooks in front of the guard. */
  readonly before: number;
  readonly inBody: Step;
  /** The hook that answers. */
  readonly answering: number;
  readonly forwards: boolean;
}

const step: fc.Arbitrary<Step> = fc.record({
  wait: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(0, 1, 1_000, 29_999, 30_000, 30_001, 59_999, 60_000, 60_001, 600_000) },
    { weight: 1, arbitrary: fc.record({ end: fc.integer({ min: -1, max: 1 }) }) },
  ),
  revokes: fc.constantFrom(undefined, undefined, undefined, true, true, false),
  shares: fc.boolean(),
});
const plan: fc.Arbitrary<Plan> = fc.record({
  kind: fc.constantFrom("none", "callback", "list", "both"),
  inGuard: fc.tuple(step, step),
  inHooks: fc.array(fc.record({ name: fc.constantFrom("preBody", "beforeHandle"), step }), { maxLength: 4 }),
  before: fc.nat(2),
  inBody: step,
  answering: fc.nat(12),
  forwards: fc.boolean(),
});

/** What a run of one request shows. */
interface Outcome {
  readonly response: Response;
  /** The callers that code saw after the response was decided; `undefined` for none. */
  readonly seen: readonly unknown[];
}

/** One isolate, and what the policy allows at each time. */
function createWorld({ kind, inGuard }: Plan) {
  const isListed = kind === "list" || kind === "both";
  const isAsked = kind === "callback" || kind === "both";
  const faults: string[] = [];
  const askedAtMs: number[] = [];
  let revokedSinceMs = Number.POSITIVE_INFINITY;
  let wasRevoked = false;
  /** Whether the list that was read last names the member, and whether the one in memory does. */
  let isReadNamed = false;
  let isNamed = false;
  let isShared = false;
  let share: () => unknown = () => {};
  const rule = { user: `${tenants.contoso.id}/${personas.member.oid}`, before: "2100-01-01T00:00:00Z" };
  const io: FakeIo = createFakeIo({
    fetch(request) {
      if (request.url.startsWith("https://login.microsoftonline.com/")) return entra.fetch(request);
      if (request.url === listUrl) {
        isReadNamed = revokedSinceMs <= io.now();
        isNamed &&= isReadNamed;
        return Response.json({ schema: "entra-gate/revocations/1", rules: isReadNamed ? [rule] : [] });
      }
      begin("the origin");
      return new Response("origin");
    },
  });

  /** Notes that something begins, which the policy must allow. */
  function begin(what: string): void {
    const nowMs = io.now();
    const sinceMs = nowMs - revokedSinceMs;
    if (nowMs >= expiresAtMs) faults.push(`${what} began after the end of the token`);
    if (isAsked && sinceMs >= 30_000)
      faults.push(`${what} began ${sinceMs} ms after revokedAtSeconds named the caller`);
    if (isListed && sinceMs >= 60_000) faults.push(`${what} began ${sinceMs} ms after the list named the caller`);
    if (isListed && isNamed) faults.push(`${what} began although the list in memory names the caller`);
  }

  async function take({ wait, revokes, shares }: Step): Promise<void> {
    io.jump(typeof wait === "number" ? wait : Math.max(0, expiresAtMs + wait.end - io.now()));
    if (revokes === true) revokedSinceMs = Math.min(revokedSinceMs, io.now());
    if (revokes === false) revokedSinceMs = Number.POSITIVE_INFINITY;
    wasRevoked ||= revokes === true;
    if (shares) {
      isShared = true;
      await share();
      isShared = false;
    }
    if (!isListed) return;
    // The list may be read in the background.
    await settle();
    isNamed = isReadNamed;
  }

  const options: EntraOptions = {
    async isTenantAllowed() {
      if (!isShared) await take(inGuard[0]);
      return true;
    },
    ...(isListed && { revocations: revocations() }),
    ...(isAsked && {
      async revokedAtSeconds() {
        if (isShared) return undefined;
        askedAtMs.push(io.now());
        const answer = revokedSinceMs <= io.now() ? frozenNowSeconds + 1 : undefined;
        await take(inGuard[1]);
        return answer;
      },
    }),
  };
  const environment = environmentWith({
    ORIGIN_URL: "https://origin.contoso.example",
    ...plainLog,
    ...(isListed && { GATE_REVOCATIONS_URL: listUrl, GATE_REVOCATIONS_TOKEN: "a secret for the list" }),
  });
  /** Sends the request of the member with a body that arrives in a step. */
  async function ask(answer: (request: Request) => Promise<Outcome>, inBody: Step): Promise<void> {
    share = () => answer(createQuestion("/other", { token: admin }));
    const pull = async (controller: ReadableStreamDefaultController) => {
      await take(inBody);
      controller.enqueue(new TextEncoder().encode("{}"));
      controller.close();
    };
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    const headers = { "content-type": "application/json" };
    const { response, seen } = await answer(createQuestion("/x", { method: "POST", token: member, headers, body }));
    await settle();
    expect(faults).toEqual([]);
    const isRefused = response.headers.get("content-type") === "application/problem+json";
    expect(seen).toEqual(seen.map(() => (isRefused ? undefined : personas.member.oid)));
    // Nobody is refused, or looked up again, without a cause.
    if (isRefused) expect(wasRevoked || io.now() >= expiresAtMs).toBe(true);
    const pauses = askedAtMs.slice(1).map((atMs, index) => atMs - (askedAtMs[index] as number));
    if (kind === "callback") expect(pauses.filter((ms) => ms < 30_000)).toEqual([]);
    counts[isRefused ? "refused" : "answered"] += 1;
  }
  return { io, options, environment, begin, take, ask };
}
type World = ReturnType<typeof createWorld>;
const counts = { refused: 0, answered: 0 };

/** Each entry point with the steps of a plan between its guard and its handler. */
const entryPoints: Readonly<Record<string, (world: World, plan: Plan) => (request: Request) => Promise<Outcome>>> = {
  "an App"({ io, options, environment, begin, take }, { inHooks, before, answering, forwards }) {
    let seen: unknown[] = [];
    const look = ({ state }: HookContext) => void seen.push(state.principal?.oid);
    const watch: Hooks = { onSend: (_, context) => look(context), onResponse: (_, context) => look(context) };
    const bundles = inHooks.map(({ name, step }, index): Hooks => {
      const isBefore = index < before && name === "preBody";
      return {
        async [name]() {
          if (!isBefore) begin(name);
          await take(step);
          return index === answering && !isBefore ? new Response("of a hook") : undefined;
        },
      };
    });
    const guarded = [...bundles.slice(0, before), requireAuth("access_as_user"), ...bundles.slice(before)];
    const terms = { hooks: guarded, request: { body: z.object({}) } };
    const handle = () => {
      begin("the handler");
      return { status: 200 };
    };
    const routes = new App()
      .get("/other", { hooks: requireAuth("access_as_user") }, () => ({ status: 200 }))
      .use(watch)
      .post("/x", terms, forwards ? origin() : handle);
    const gate = createGate({ ...options, routes, unlisted: "reject" }, io);
    return async (request) => {
      if (new URL(request.url).pathname === "/x") seen = [];
      return { response: await gate.fetch(request, environment, {} as never), seen };
    };
  },
  Hono({ io, options, environment, begin, take }, { inHooks }) {
    const app = new Hono<hono.EntraEnv>();
    let seen: unknown[] = [];
    app.use("/x", async (c, next) => {
      await next();
      seen = [c.get("principal")?.oid];
    });
    app.use(hono.entra(undefined, options, io));
    app.get("/other", hono.requireAuth("access_as_user"), (c) => c.text("in"));
    for (const { step } of inHooks) {
      const pass = hono.passThrough(async (_, next) => {
        await take(step);
        await next();
      });
      app.use("/x", pass);
    }
    app.post("/x", hono.requireAuth("access_as_user"), (c) => {
      begin("the handler");
      return c.text("in");
    });
    return async (request) => ({ response: await app.fetch(request, environment), seen });
  },
  DaloyJS({ io, options, environment, begin, take }, { inHooks }) {
    const { ORIGIN_URL, ...config } = environment;
    const { verifier } = daloy.createEntraPlugin(config as never, options, io);
    const hooks = daloy.requireAuth("access_as_user");
    return async (request) => {
      const context: daloy.HookContext = { request, state: { verifier } };
      const early = await hooks.preBody(context);
      if (request.url.endsWith("/other")) return { response: early ?? new Response("in"), seen: [] };
      if (early === undefined) for (const { step } of inHooks) await take(step);
      const response = early ?? (await daloy.checkAgain.beforeHandle(context));
      if (response === undefined) begin("the handler");
      return { response: response ?? new Response("in"), seen: [(context.state.principal as { oid?: string })?.oid] };
    };
  },
};

describe.each(Object.keys(entryPoints))("a caller whose time can end while %s works", (name) => {
  it("starts nothing that the policy forbids at that time, and is seen by nobody after a refusal", {
    tags: ["expiry", "revocation-rules", "refused-callers"],
  }, async () => {
    Object.assign(counts, { refused: 0, answered: 0 });
    await fc.assert(
      fc.asyncProperty(plan, async (planned) => {
        const world = createWorld(planned);
        await world.ask(entryPoints[name]!(world, planned), planned.inBody);
      }),
      tries(200),
    );
    expect(Math.min(counts.refused, counts.answered)).toBeGreaterThan(40);
  });
});
