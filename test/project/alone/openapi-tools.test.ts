import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Server } from "node:net";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createAdaptorServer } from "@hono/node-server";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { personas } from "../../../entra/directory/personas.ts";
import { createTestEntra } from "../../../entra/testing.ts";
import { startServer } from "../../support/server.ts";

// Linters and generators of clients, which read the documents that gates serve. They are large, so they have a lockfile
// of their own, and `npm ci` of the project does not install them.
const root = path.resolve(import.meta.dirname, "../../..");
const manifests = path.join(root, "tools/openapi-tools");
/** Other tests read all files of the repository, except those that npm installs. */
const tools = path.join(root, "node_modules/.cache/openapi-tools");
const generated = path.join(tools, ".generated");
const entra = createTestEntra();
const urlOf = (file: string) => pathToFileURL(path.join(root, file)).href;
const toolUrl = (name: string) => pathToFileURL(createRequire(path.join(tools, "package.json")).resolve(name)).href;

const contact = { name: "API team", email: "api@contoso.example", url: "https://contoso.example" };
const license = { name: "Apache 2.0", identifier: "Apache-2.0" };
const stops: (() => Promise<void>)[] = [];
/** Addresses of the gates, and their documents. */
const gates = new Map<string, { readonly address: string; readonly document: string }>();

/** Serves a gate over HTTP, and reads its document. */
async function serve(name: string, declare: (app: object) => void): Promise<void> {
  const { App, createGate, openapi } = await import(/* @vite-ignore */ urlOf("src/index.ts"));
  const routes = new App({ title: "Orders", version: "1.0.0", contact, license }).register(openapi({ public: true }));
  declare(routes);
  const gate = createGate({ routes, unlisted: "reject" });
  const variables: Record<string, string> = { ...entra.variables };
  const server = createAdaptorServer({ fetch: (request) => gate.fetch(request, variables) });
  const { url: address, stop } = await startServer(server as Server);
  stops.push(stop);
  Object.assign(variables, { GATE_URL: address, ORIGIN_URL: "https://origin.contoso.example" });
  gates.set(name, { address, document: await (await fetch(`${address}/openapi.json`)).text() });
}

beforeAll(async () => {
  const lock = "package-lock.json";
  const isCurrent =
    existsSync(path.join(tools, lock)) &&
    readFileSync(path.join(tools, lock), "utf8") === readFileSync(path.join(manifests, lock), "utf8");
  if (!isCurrent) {
    cpSync(manifests, tools, { recursive: true });
    execFileSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: tools, stdio: "pipe" });
  }
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated);
  entra.install();
  const { anyOf, origin, requireAuth } = await import(/* @vite-ignore */ urlOf("src/index.ts"));
  const { declareSample } = await import(/* @vite-ignore */ urlOf("test/support/openapi/sample.ts"));
  const z = await import("zod");
  // biome-ignore lint/suspicious/noExplicitAny: the types of the worker are not those of Node
  await serve("orders", (app: any) => {
    const Order = z.object({ id: z.string(), quantity: z.number().int().positive() });
    app.put(
      "/orders/:id",
      {
        hooks: requireAuth("orders.write"),
        request: { params: z.object({ id: z.string() }), body: Order.omit({ id: true }) },
        responses: { 200: { description: "The order", body: Order } },
      },
      ({ params, body }: { params: object; body: object }) => ({ status: 200, body: { ...params, ...body } }),
    );
  });
  // biome-ignore lint/suspicious/noExplicitAny: the types of the worker are not those of Node
  await serve("sample", (app: any) => {
    declareSample(app);
    const both = anyOf(requireAuth({ scopes: ["a"], roles: ["R"], acrs: ["c1"] }), requireAuth({ roles: ["S"] }));
    app.get("/both", { hooks: both }, origin());
    app.get("/one-of", { hooks: requireAuth({ scopes: ["a"], anyRole: ["R", "S"] }) }, origin());
    app.get("/", { public: true }, origin());
  });
}, 300_000);
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(generated, { recursive: true, force: true });
});

describe.each(["orders", "sample"])("the document of the gate %s", (name) => {
  const read = () => gates.get(name)?.document ?? "";

  it("has no error and no warning of Redocly's recommended rules", async () => {
    const { createConfig, lintFromString } = await import(/* @vite-ignore */ toolUrl("@redocly/openapi-core"));
    const config = await createConfig({ extends: ["recommended"] });
    const problems = await lintFromString({ source: read(), absoluteRef: "openapi.json", config });
    expect(problems.map(({ ruleId, message }: Record<string, string>) => `${ruleId}: ${message}`)).toEqual([]);
  });

  it("has no error and no warning of Spectral's recommended rules", async () => {
    const { default: core } = await import(/* @vite-ignore */ toolUrl("@stoplight/spectral-core"));
    const { default: rulesets } = await import(/* @vite-ignore */ toolUrl("@stoplight/spectral-rulesets"));
    const spectral = new core.Spectral();
    spectral.setRuleset({ extends: [[rulesets.oas, "recommended"]] });
    const problems: { code: string; path: string[] }[] = await spectral.run(JSON.parse(read()));
    const found = problems.map(({ code, path: at }) => `${code} ${at.join(" ")}`);
    // A route of the sample declares refusals, and nothing else.
    const never = ["operation-success-response paths /refusals get responses"];
    expect(found).toEqual(name === "sample" ? never : []);
  });
});

/** How each generator is called, and a program that calls the gate with its client. */
const generators: Readonly<Record<string, { readonly generate: () => void; readonly program: string }>> = {
  "openapi-typescript": {
    generate: () => run("openapi-typescript", ["openapi.json", "--output", "typed.ts"]),
    program: `import createClient from "openapi-fetch";
      import type { paths } from "./typed.ts";
      export async function call(baseUrl: string, authorization: string) {
        const client = createClient<paths>({ baseUrl, headers: { authorization } });
        const { data, response } = await client.PUT("/orders/{id}", { params: { path: { id: "7" } }, body: { quantity: 2 } });
        return [response.status, data?.quantity] as const;
      }`,
  },
  orval: {
    generate() {
      const config = `export default { orders: { input: "./openapi.json",
        output: { target: "./orval.ts", client: "fetch", mode: "single", baseUrl: "BASE" } } };`;
      writeFileSync(path.join(generated, "orval.config.mjs"), config);
      run("orval", ["--config", "orval.config.mjs"]);
    },
    program: `import { putOrdersById } from "./orval.ts";
      export async function call(baseUrl: string, authorization: string) {
        const { fetch: before } = globalThis;
        globalThis.fetch = (input, init) => before(String(input).replace("BASE", baseUrl), init);
        try {
          const response = await putOrdersById("7", { quantity: 2 }, { headers: { authorization } });
          return [response.status, response.status === 200 ? response.data.quantity : undefined] as const;
        } finally {
          globalThis.fetch = before;
        }
      }`,
  },
  "@hey-api/openapi-ts": {
    generate: () =>
      run("openapi-ts", ["--input", "openapi.json", "--output", "hey", "--client", "@hey-api/client-fetch"]),
    program: `import { putOrdersById } from "./hey/sdk.gen";
      export async function call(baseUrl: string, authorization: string) {
        const { data, response } = await putOrdersById({
          baseUrl, headers: { authorization }, path: { id: "7" }, body: { quantity: 2 },
        });
        return [response?.status, data?.quantity] as const;
      }`,
  },
};

/** Runs a program of the tools in the folder of generated files. */
function run(name: string, args: readonly string[]): void {
  execFileSync(path.join(tools, "node_modules/.bin", name), args, { cwd: generated, stdio: "pipe" });
}

const compilerArguments = [
  ...["--strict", "--noEmit", "--skipLibCheck", "--allowImportingTsExtensions", "--target", "es2024"],
  ...["--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2024,dom,dom.iterable"],
];

/** Bundles a generated program. @returns its function `call` */
async function load(file: string) {
  const outfile = path.join(generated, `${file}.mjs`);
  await build({ entryPoints: [path.join(generated, file)], outfile, bundle: true, platform: "node", format: "esm" });
  return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)).call;
}

describe("clients of generators", () => {
  const files = Object.keys(generators).map((name) => [name, `call-${name.replace(/\W/g, "-")}.ts`] as const);

  it("compile", () => {
    writeFileSync(path.join(generated, "openapi.json"), gates.get("orders")?.document ?? "");
    for (const [name, file] of files) {
      const { generate, program } = generators[name]!;
      generate();
      writeFileSync(path.join(generated, file), program);
    }
    run("tsc", [...compilerArguments, ...files.map(([, file]) => file)]);
  });

  it.each(files)("of %s calls the gate", async (_name, file) => {
    const { address } = gates.get("orders") ?? { address: "" };
    const call = await load(file);
    const token = await entra.token({ scopes: ["orders.write"] });
    expect(await call(address, `Bearer ${token}`)).toEqual([200, 2]);
    expect((await call(address, `Bearer ${await entra.token()}`))[0]).toBe(403);
  });
});

describe("a client with the types of the sample", () => {
  const program = `import createClient from "openapi-fetch";
    import type { paths } from "./sample.ts";
    export async function call(baseUrl: string, authorization?: string) {
      const client = createClient<paths>({ baseUrl, headers: { authorization } });
      const ambiguous = await client.GET("/orders/{id}", { params: { path: { id: "7/8" } } });
      const order = await client.GET("/orders/{id}", { params: { path: { id: "7" } } });
      const list = await client.GET("/customers", { params: { query: { page: 2, tag: ["a", "b"] } } });
      const legacy = await client.GET("/legacy");
      const body = { name: "a", children: [{ name: "b", children: [] }] };
      const category = await client.POST("/categories", { body });
      const invalid = await client.POST("/categories", { body: { name: "a", children: [{ name: 7 } as never] } });
      return {
        ambiguous: ambiguous.error?.title,
        lines: order.data?.lines,
        list: list.data,
        by: legacy.data?.by,
        refusal: legacy.error?.title,
        category: category.data,
        places: invalid.error?.errors?.map((fault) => fault.path),
      };
    }`;

  it("compiles, calls the gate and reads refusals as problem details", async () => {
    const { address = "", document = "" } = gates.get("sample") ?? {};
    writeFileSync(path.join(generated, "sample.json"), document);
    run("openapi-typescript", ["sample.json", "--output", "sample.ts"]);
    writeFileSync(path.join(generated, "call-sample.ts"), program);
    run("tsc", [...compilerArguments, "call-sample.ts"]);
    const call = await load("call-sample.ts");
    const admin = await call(address, `Bearer ${await entra.token({ persona: "admin" })}`);
    expect(admin).toEqual({
      ambiguous: "Not Found",
      lines: [],
      list: [],
      by: personas.admin.oid,
      category: { name: "a", children: [{ name: "b", children: [] }] },
      places: expect.arrayContaining(["/children/0/name"]),
    });
    expect(await call(address, `Bearer ${await entra.token()}`)).toMatchObject({ refusal: "Forbidden" });
    expect(await call(address)).toMatchObject({ refusal: "Unauthorized" });
  });
});
