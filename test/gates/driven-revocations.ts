import { platformIo } from "../../src/base/common/io.ts";
import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { App, createGate, requireAuth } from "../../src/index.ts";

/** A step of a test: one time on the gate's own clock, and the requests at that time. */
interface Step {
  readonly nowMs: number;
  /** Whether the namespace fails. */
  readonly isDown: boolean;
  /** Tokens by the name of their caller. */
  readonly tokens: Readonly<Record<string, string>>;
  /** Requests of each caller. */
  readonly count: number;
}

interface Env {
  readonly NAMESPACE: KVNamespace;
}

let nowMs = 0;
let isDown = false;

const gate = createGate(
  {
    routes: new App().get("/orders", { hooks: requireAuth("access_as_user") }, () => ({ status: 200 })),
    unlisted: "reject",
    revocations: revocations(),
  },
  { ...platformIo, now: () => nowMs },
);

/** One value of the namespace, and when it was written on the same clock. */
interface Version {
  readonly atMs: number;
  readonly text: string;
}

/** Returns values as late as a data center may: each read gets the one that was current `cacheTtl` seconds ago. */
function bind(namespace: KVNamespace) {
  return {
    async get(key: string, { cacheTtl }: { readonly cacheTtl: number }) {
      if (isDown) throw new Error("KV GET failed: 503 Service Unavailable");
      const versions = (await namespace.get<readonly Version[]>(key, "json")) ?? [];
      const current = versions.findLast(({ atMs }) => atMs + cacheTtl * 1_000 <= nowMs);
      return current === undefined ? null : new Response(current.text).body;
    },
  };
}

let bound: object | undefined;

/** Sends the requests of a step to the gate of this isolate, and returns their statuses by caller. */
export default {
  workers: [gate],
  async fetch(request: Request, { NAMESPACE, ...env }: Env, context: ExecutionContext): Promise<Response> {
    const step: Step = await request.json();
    ({ nowMs, isDown } = step);
    bound ??= { ...env, REVOCATIONS: bind(NAMESPACE) };
    const statuses = Object.entries(step.tokens).map(async ([caller, token]) => {
      const counts: Record<number, number> = {};
      for (let sent = 0; sent < step.count; sent += 1) {
        const headers = { authorization: `Bearer ${token}` };
        const { status } = await gate.fetch(new Request("https://gate.example/orders", { headers }), bound, context);
        counts[status] = (counts[status] ?? 0) + 1;
      }
      return [caller, counts] as const;
    });
    return Response.json(Object.fromEntries(await Promise.all(statuses)));
  },
};
