import { Hono } from "hono";
import { type EntraEnv, entra, requireAuth as requireOnHono } from "../../src/adapters/hono.ts";
import { App, createGate, entraPlugin, requireAuth } from "../../src/index.ts";

/** Every entry point that gets an environment with the request. */
const ways: Readonly<Record<string, { fetch(request: Request, env: unknown): Response | Promise<Response> }>> = {
  gate: createGate({
    routes: new App().get("/gate/*", { middleware: [requireAuth("access_as_user")] }, () => ({ status: 200 })),
    // Nothing is forwarded, so the gate needs no origin outside Workers.
    unlisted: "reject",
  }),
  app: new App()
    .register(entraPlugin)
    .get("/app/*", { middleware: [requireAuth("access_as_user")] }, () => ({ status: 200 })),
  hono: new Hono<EntraEnv>().use(entra()).get("/hono/*", requireOnHono("access_as_user"), (c) => c.text("in")),
};

/** Changes that code before the gate can make to a member of the environment. */
const changes: Readonly<Record<string, (env: object, name: string) => object>> = {
  kept: (env) => ({ ...env }),
  undefined: (env, name) => ({ ...env, [name]: undefined }),
  null: (env, name) => ({ ...env, [name]: null }),
  number: (env, name) => ({ ...env, [name]: 7 }),
  inherited: (env, name) => Object.assign(Object.create({ [name]: undefined }), env),
  hidden: (env, name) => Object.defineProperty({ ...env }, name, { value: undefined }),
  marked: (env, name) => ({ ...env, [`\ufeff${name}`]: "33333333-4444-5555-6666-777777777777" }),
  "misspelt-above": (env) => Object.assign(Object.create({ ENTRA_ALOWED_CLIENTS: "x" }), env),
  "all-above": (env, name) => Object.create({ ...env, [name]: "33333333-4444-5555-6666-777777777777" }),
};

/** The path names the entry point, the change and the member: `/gate/undefined/ENTRA_ALLOWED_CLIENTS`. */
export default {
  workers: Object.values(ways),
  fetch(request: Request, env: object): Response | Promise<Response> {
    const [, way = "", change = "", name = ""] = new URL(request.url).pathname.split("/");
    return ways[way]!.fetch(request, changes[change]!(env, name));
  },
};
