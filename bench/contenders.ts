/** Which credentials a contender is asked with. */
export type Tokens = "known" | "new" | "none" | "expired" | "bad-signature";

/** One line of the table: a worker, and what is asked of it. */
export interface Contender {
  readonly name: string;
  /** File in bench/workers. */
  readonly worker: string;
  readonly path: "/me" | "/orders" | "/search?limit=10";
  readonly tokens: Tokens;
  readonly status: number;
  /** The line that it is measured against. */
  readonly against: string;
  /** Share of it that the gate is meant to reach. */
  readonly target?: number;
}

const ok = { path: "/me", status: 200 } as const;
const known = { ...ok, tokens: "known", against: "plain Hono" } as const;
const fresh = { ...ok, tokens: "new", against: "bare verification" } as const;
const refused = { path: "/me", status: 401, worker: "gate", against: "gate, known token", target: 1 } as const;
const forwarded = { path: "/orders", status: 200, tokens: "known", against: "pass-through" } as const;
const validated = { path: "/search?limit=10", status: 200, tokens: "none", against: "Hono and zod" } as const;

export const contenders: readonly Contender[] = [
  { ...known, name: "no-op worker", worker: "noop", tokens: "none" },
  { ...known, name: "plain Hono", worker: "hono" },
  { ...known, name: "header and a Set", worker: "header-set" },
  { ...known, name: "gate, known token", worker: "gate", target: 0.95 },
  { ...known, name: "Hono and jose, known token", worker: "hono-jose" },
  { ...known, name: "hono/jwk, known token", worker: "hono-jwk" },
  { ...fresh, name: "bare verification", worker: "verify" },
  { ...fresh, name: "gate, new token", worker: "gate", target: 0.85 },
  { ...fresh, name: "Hono and jose, new token", worker: "hono-jose" },
  { ...fresh, name: "aws-jwt-verify, new token", worker: "aws-jwt-verify" },
  { ...refused, name: "gate, no token", tokens: "none" },
  { ...refused, name: "gate, expired token", tokens: "expired" },
  { ...refused, name: "gate, bad signature", tokens: "bad-signature", against: "bare verification" },
  { ...forwarded, name: "pass-through", worker: "pass-through" },
  { ...forwarded, name: "gate, forwarding", worker: "gate", target: 0.9 },
  { ...validated, name: "Hono and zod", worker: "hono-zod" },
  { ...validated, name: "App and zod", worker: "app-zod", target: 1 },
];
