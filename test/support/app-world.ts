import { App } from "../../src/app/app.ts";
import type { AppOptions } from "../../src/app/app-options.ts";
import type { Doorkeeper } from "../../src/app/doorkeeper.ts";
import type { Hooks } from "../../src/app/hooks.ts";
import { decide } from "../../src/policy/decide.ts";
import type { Principal } from "../../src/token/principal.ts";
import { createFakeIo, type FakeIo } from "./io.ts";

/** An app that serves itself, in a world that stands still. */
export interface AppWorld {
  readonly app: App;
  readonly io: FakeIo;
  /** What was handed to `ctx.waitUntil`. */
  readonly background: Promise<unknown>[];
  ask(target: string, init?: RequestInit & { readonly env?: unknown }): Promise<Response>;
  /** Lines of the log about requests that failed. */
  refusals(): Record<string, unknown>[];
}

/** A user with some scopes, who says so in a header. */
export function caller(...scopes: readonly string[]): { readonly headers: { readonly authorization: string } } {
  return { headers: { authorization: `User ${scopes.join(" ")}` } };
}

/** Believes what {@link caller} says. */
export const doorkeeper: Doorkeeper = {
  addresses: () => undefined,
  async admit(exchange, requirement) {
    const [scheme, ...scopes] = (exchange.request.headers.get("authorization") ?? "").split(" ");
    if (scheme !== "User") return exchange.refuse({ reason: "credential_missing" });
    const principal = { kind: "user", oid: "oid", tid: "tid", azp: "azp", scopes, roles: [], claims: {} };
    const denial = decide(principal as unknown as Principal, requirement);
    exchange.principal = principal as unknown as Principal;
    return denial && exchange.refuse(denial);
  },
  forward: async ({ request, path }) =>
    Response.json({ forwarded: path, body: await request.text() }, { headers: { "cache-control": "public" } }),
};

/**
 * @param declare its routes
 * @param options of the app; `open` leaves the guard out
 */
export function createAppWorld(
  declare: (app: App) => void,
  { open = false, ...options }: AppOptions & { readonly open?: boolean } = {},
): AppWorld {
  const io = createFakeIo();
  const background: Promise<unknown>[] = [];
  const app = new App(options, io);
  if (!open) app.guard(doorkeeper);
  declare(app);
  return {
    app,
    io,
    background,
    ask: (target, { env, ...init } = {}) =>
      app.fetch(new Request(new URL(target, "https://api.contoso.example"), init), env, {
        waitUntil: (work) => void background.push(work),
      }),
    refusals: () => io.lines.filter(({ event }) => event === "refused"),
  };
}

/** A request with a JSON body. */
export function json(value: unknown, method = "POST"): RequestInit {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  return { method, body, headers: { "content-type": "application/json" } };
}

const names = ["onRequest", "preBody", "beforeHandle", "afterHandle", "onError", "onSend", "onResponse"] as const;

/** Notes its turns, each with the name of who it belongs to. */
export function noting(turns: string[], owner: string): Hooks {
  return Object.fromEntries(
    names.map((name) => [
      name,
      async () => {
        turns.push(`${owner} ${name}`);
      },
    ]),
  );
}
