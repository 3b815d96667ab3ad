/** Which tokens a contender is asked with. */
export type Tokens = "known" | "new" | "none" | "expired" | "bad-signature";

/** One line of the table: a worker, and what is asked of it. */
export interface Contender {
  readonly name: string;
  /** File in bench/workers. */
  readonly worker: string;
  readonly path: "/me" | "/orders";
  readonly tokens: Tokens;
  readonly status: number;
  /** The line that it is measured against. */
  readonly against: string;
}

export const contenders: readonly Contender[] = [
  { name: "no-op worker", worker: "noop", path: "/me", tokens: "none", status: 200, against: "plain Hono" },
  { name: "plain Hono", worker: "hono", path: "/me", tokens: "known", status: 200, against: "plain Hono" },
  { name: "gate, known token", worker: "gate", path: "/me", tokens: "known", status: 200, against: "plain Hono" },
  {
    name: "Hono and jose, known token",
    worker: "hono-jose",
    path: "/me",
    tokens: "known",
    status: 200,
    against: "plain Hono",
  },
  {
    name: "hono/jwk, known token",
    worker: "hono-jwk",
    path: "/me",
    tokens: "known",
    status: 200,
    against: "plain Hono",
  },
  {
    name: "bare verification",
    worker: "verify",
    path: "/me",
    tokens: "new",
    status: 200,
    against: "bare verification",
  },
  { name: "gate, new token", worker: "gate", path: "/me", tokens: "new", status: 200, against: "bare verification" },
  {
    name: "Hono and jose, new token",
    worker: "hono-jose",
    path: "/me",
    tokens: "new",
    status: 200,
    against: "bare verification",
  },
  { name: "gate, no token", worker: "gate", path: "/me", tokens: "none", status: 401, against: "plain Hono" },
  { name: "gate, expired token", worker: "gate", path: "/me", tokens: "expired", status: 401, against: "plain Hono" },
  {
    name: "gate, bad signature",
    worker: "gate",
    path: "/me",
    tokens: "bad-signature",
    status: 401,
    against: "bare verification",
  },
  {
    name: "pass-through",
    worker: "pass-through",
    path: "/orders",
    tokens: "known",
    status: 200,
    against: "pass-through",
  },
  { name: "gate, forwarding", worker: "gate", path: "/orders", tokens: "known", status: 200, against: "pass-through" },
];
