import { Hono, type MiddlewareHandler } from "hono";
import { describe, expectTypeOf, it } from "vitest";
import * as daloy from "../../src/adapters/daloy.ts";
import * as hono from "../../src/adapters/hono.ts";
import type { Principal } from "../../src/core/token/principal.ts";
import type { Hooks, requireAuth } from "../../src/index.ts";

/** The types of DaloyJS 1.2.1 that accept ours: `Hooks`, and the first parameter of `App.register`. */
interface DaloyContext {
  request: Request;
  params: Record<string, string>;
  body: undefined;
  state: { verifier?: unknown } & Record<string, unknown>;
  routePath?: string;
  set: { status?: number; headers: Headers };
}
interface DaloyHooks {
  preBody?: (context: DaloyContext) => undefined | Response | Promise<undefined | Response>;
  onSend?: (
    response: Response,
    context: DaloyContext | undefined,
  ) => undefined | Response | Promise<undefined | Response>;
}
interface DaloyApp {
  decorate<K extends string, V>(key: K, value: V, options?: { override?: boolean }): DaloyApp;
}
interface DaloyPlugin {
  name?: string;
  register?: (app: DaloyApp) => void | Promise<void>;
}
/** The type of this name in DaloyJS's documentation, for every provider. */
interface DocumentedVerifier {
  verify(token: string): Promise<{ sub: string; scopes?: string[]; claims: Record<string, unknown> }>;
}

describe("types for Hono", () => {
  it("include the caller after requireAuth in any app, and after entra() in an app with the type", () => {
    new Hono().get("/", hono.requireAuth("a"), (c) => {
      expectTypeOf(c.get("principal")).toEqualTypeOf<Principal>();
      expectTypeOf(c.var.principal.scopes).toEqualTypeOf<readonly string[]>();
      return c.body(null);
    });
    new Hono<hono.EntraEnv>().use(hono.entra()).get("/", (c) => {
      expectTypeOf(c.get("principal")).toEqualTypeOf<Principal>();
      return c.body(null);
    });
    new Hono<{ Bindings: { DB: string }; Variables: { id: number } }>().get(
      "/",
      hono.anyOf(hono.requireAuth("a")),
      (c) => {
        expectTypeOf(c.env.DB).toEqualTypeOf<string>();
        expectTypeOf(c.get("id")).toEqualTypeOf<number>();
        return c.body(null);
      },
    );
  });

  it("reject an access rule of the other entry point", () => {
    type Rule = ReturnType<typeof requireAuth>;
    expectTypeOf<Rule>().not.toExtend<MiddlewareHandler>();
    expectTypeOf<hono.AuthMiddleware>().not.toExtend<Hooks>();
    expectTypeOf<daloy.AuthHooks>().not.toExtend<Hooks>();
    // The compiler prints the type of the parameter, or of the member.
    expectTypeOf<
      Parameters<Rule>[0]
    >().toEqualTypeOf<"Import requireAuth and anyOf of entra-gate/hono, not of entra-gate">();
    expectTypeOf<
      keyof NonNullable<daloy.AuthHooks["handlerMilliseconds"]>
    >().toEqualTypeOf<"Import requireAuth and anyOf of entra-gate, not of entra-gate/daloy">();
    expectTypeOf<
      keyof NonNullable<hono.AuthMiddleware["preBody"]>
    >().toEqualTypeOf<"Import requireAuth and anyOf of entra-gate, not of entra-gate/hono">();
  });

  it("reject misspelled names", () => {
    type Config = Parameters<typeof hono.entra>[0];
    expectTypeOf<{ ENTRA_TENANT_ID: string }>().toExtend<Config>();
    // @ts-expect-error an unknown variable
    const misspelt: Config = { ENTRA_TENNANT_ID: "x" };
    // @ts-expect-error lists are text, as in the environment
    const list: Config = { ENTRA_ALLOWED_CLIENTS: ["x"] };
    // @ts-expect-error an adapter has no origin
    const origin: Config = { ORIGIN_URL: "x" };
    expectTypeOf([misspelt, list, origin]).toBeArray();
    // @ts-expect-error scopes, or one object
    expectTypeOf(hono.requireAuth).toBeCallableWith("a", { roles: ["A"] });
    // @ts-expect-error an unknown member
    expectTypeOf(hono.requireAuth).toBeCallableWith({ scope: ["a"] });
  });
});

describe("types for DaloyJS", () => {
  it("match its hooks, its plugins and the verifiers in its documentation", () => {
    expectTypeOf<daloy.AuthHooks>().toExtend<DaloyHooks>();
    expectTypeOf<typeof daloy.entraPlugin>().toExtend<DaloyPlugin>();
    expectTypeOf<ReturnType<typeof daloy.authPlugin>>().toExtend<DaloyPlugin>();
    expectTypeOf<DocumentedVerifier>().toExtend<daloy.TokenVerifier>();
    expectTypeOf(daloy.entraPlugin.verifier.verify).returns.resolves.toEqualTypeOf<Principal>();
    expectTypeOf(daloy.authPlugin<DocumentedVerifier>)
      .returns.toHaveProperty("verifier")
      .toEqualTypeOf<DocumentedVerifier>();
  });

  it("reject a verifier without a method verify", () => {
    // @ts-expect-error no method verify
    expectTypeOf(daloy.authPlugin).toBeCallableWith({ check: async () => true });
  });
});
