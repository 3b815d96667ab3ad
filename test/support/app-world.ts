import { App } from "../../src/app/app.ts";
import { contentsOf } from "../../src/app/app-contents.ts";
import type { AppGate } from "../../src/app/app-gate.ts";
import type { AppOptions } from "../../src/app/app-options.ts";
import { createForward } from "../../src/app/pipeline/forward.ts";
import type { Hooks } from "../../src/app/types/hooks.ts";
import { fail, succeed } from "../../src/base/common/result.ts";
import { createGuard } from "../../src/core/guard/guard.ts";
import { createBareSetup, type GateSetup } from "../../src/core/guard/setup.ts";
import type { Caller } from "../../src/core/token/caller.ts";
import { stripRequestHeaders } from "../../src/forwarding/request-headers.ts";
import { authoritiesOf } from "./authority-setup.ts";
import { createFakeIo, type FakeIo } from "./io.ts";
import { createIsolateWorld, type IsolateWorld, type Question } from "./isolate-world.ts";

type AppQuestion = Question & { readonly env?: object | undefined };

/** An app that serves itself, with a frozen clock. */
export interface AppWorld extends IsolateWorld<AppQuestion> {
  readonly app: App;
}

/** Identifies a user with these scopes in a header. */
export function caller(...scopes: readonly string[]): { readonly headers: { readonly authorization: string } } {
  return { headers: { authorization: `User ${scopes.join(" ")}` } };
}

/** Accepts the user of {@link caller}, and forwards to an origin that echoes the request. */
export function createAppGate(io: FakeIo): AppGate {
  io.setFetch(async (request) => {
    const body = { forwarded: new URL(request.url).pathname, body: await request.text() };
    return Response.json(body, { headers: { "cache-control": "public" } });
  });
  const setup: GateSetup = {
    ...createBareSetup(io),
    origin: {
      target: { kind: "url", url: new URL("https://origin.contoso.example") },
      authorization: "forward",
      cookies: "forward",
    },
    authorities: authoritiesOf(),
    authenticate(authorization) {
      const [scheme, ...scopes] = (authorization ?? "").split(" ");
      if (scheme !== "User") return fail({ reason: "credential_missing" });
      const principal = {
        authority: "default",
        kind: "user",
        oid: "oid",
        tid: "tid",
        azp: "azp",
        scopes,
        roles: [],
        groups: [],
        claims: {},
      };
      return succeed({ identity: principal, principal, keys: "hit" } as unknown as Caller);
    },
  };
  return {
    services: {
      io,
      guard: createGuard(io),
      forward: createForward(io),
      stripHeaders: stripRequestHeaders,
      servesHealth: false,
    },
    setupOf: () => setup,
  };
}

/**
 * @param declare its routes
 * @param options of the app; `open` omits the guard
 */
export function createAppWorld(
  declare: (app: App) => void,
  { open = false, ...options }: AppOptions & { readonly open?: boolean } = {},
): AppWorld {
  const io = createFakeIo();
  const app = new App(options, io);
  if (!open) contentsOf(app).guard(createAppGate(io));
  declare(app);
  return {
    app,
    ...createIsolateWorld<AppQuestion>(io, (request, context, { env }) => app.fetch(request, env, context)),
  };
}

/** A request with a JSON body. */
export function json(value: unknown, method = "POST"): Question {
  const body = typeof value === "string" ? value : JSON.stringify(value);
  return { method, body, headers: { "content-type": "application/json" } };
}

const names = ["onRequest", "preBody", "beforeHandle", "afterHandle", "onError", "onSend", "onResponse"] as const;

/** Hooks that record when they run, with the name of their owner. */
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
