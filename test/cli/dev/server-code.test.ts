import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-server-code-"));
mkdirSync(path.join(folder, "node_modules/@hono"), { recursive: true });
for (const name of ["hono", "@hono/node-server"])
  symlinkSync(path.join(root, "node_modules", name), path.join(folder, "node_modules", name));
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads the routes of a program as `entra-gate dev` does, in a process without a module runner. */
function readRoutes(text: string): unknown {
  const file = path.join(folder, "main.ts");
  writeFileSync(file, text);
  const script = `
    import { loadServerCode, startsServer } from ${JSON.stringify(path.join(root, "cli/dev/server-code.ts"))};
    import { tableOf } from ${JSON.stringify(path.join(root, "cli/project/gate-code.ts"))};
    const file = ${JSON.stringify(file)};
    const code = await loadServerCode(file, { ENTRA_REQUIRED_SCOPE: "orders.read" });
    const routes = tableOf(code).routes.map(({ name, access }) => [name, access.requirements?.[0].anyOf[0].scopes]);
    const isLeft = "Deno" in globalThis || process.env.ENTRA_REQUIRED_SCOPE !== undefined;
    console.log(JSON.stringify(code.problem ?? { starts: startsServer(file), routes, isLeft }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: folder,
    env: { PATH: process.env.PATH },
    encoding: "utf8",
  });
  return stdout === "" ? stderr : JSON.parse(stdout);
}

const routesOf = (scope: string) => `app.use(entra());
  app.get("/orders", requireAuth(${scope}), (c) => c.json([]));`;

it.each([
  [
    "Deno, with packages of npm",
    `import { Hono } from "npm:hono@^4.13.19";
     import { cors } from "npm:hono@^4.13.19/cors";
     import { entra, requireAuth } from "${root}/src/adapters/hono.ts";
     const app = new Hono().use("/open", cors());
     ${routesOf('Deno.env.get("ENTRA_REQUIRED_SCOPE") ?? ""')}
     Deno.serve({ port: 8000 }, app.fetch);`,
  ],
  [
    "Node",
    `import { serve } from "@hono/node-server";
     import { Hono } from "hono";
     import { entra, requireAuth } from "${root}/src/adapters/hono.ts";
     const app = new Hono();
     ${routesOf('process.env.ENTRA_REQUIRED_SCOPE ?? ""')}
     serve(app);`,
  ],
])("the routes of a program for %s are read without its server, with the variables of .env", (_name, text) => {
  expect(readRoutes(text)).toEqual({ starts: true, routes: [["GET /orders", ["orders.read"]]], isLeft: false });
});
