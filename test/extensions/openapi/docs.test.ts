import { describe, expect, it } from "vitest";
import { App } from "../../../src/app/app.ts";
import { requireAuth } from "../../../src/app/types/auth.ts";
import { type DocsOptions, docs } from "../../../src/extensions/openapi/docs.ts";
import { openapi } from "../../../src/extensions/openapi/openapi.ts";
import { swaggerUi } from "../../../src/extensions/openapi/swagger-ui.ts";
import { createAppWorld } from "../../support/app-world.ts";
import { createFakeIo } from "../../support/io.ts";
import { createTwinWorld, urls } from "../authorities/world.ts";

const clientId = "33333333-4444-5555-6666-777777777777";
const options: DocsOptions = { clientId, public: true };
const assetsWith = (status: number, asked: string[] = []) => ({
  ASSETS: {
    async fetch(request: Request) {
      asked.push(request.url);
      return new Response(status === 200 ? "css" : null, { status, headers: { etag: '"1"', "set-cookie": "a=b" } });
    },
  },
});

const createWorld = (given: DocsOptions = options, title = "Orders") =>
  createAppWorld((app) => void app.register(openapi({ public: true })).register(docs(given)), { title });

describe("docs", () => {
  it.each([
    [{ public: true }, "clientId must be the client ID"],
    [{ clientId: {}, public: true }, "clientId must be the client ID"],
    [{ clientId: { default: "orders" }, public: true }, "clientId must be the client ID"],
    [{ clientId: { "a-b": clientId }, public: true }, "clientId must be the client ID"],
    [{ clientId: [clientId], public: true }, "clientId must be the client ID"],
    [{ clientId: clientId.toUpperCase().replace("3", "A"), public: true }, "clientId must be the client ID"],
    [{ clientId }, "public must be true, because browsers open pages without a token"],
    [{ ...options, path: "/" }, "path must look like /docs"],
    [{ ...options, path: "/docs/*" }, "path must look like /docs"],
    [{ ...options, path: "/:docs" }, "path must look like /docs"],
    [{ ...options, assets: "swagger-ui" }, "assets must be a folder of the static assets"],
    [{ ...options, assets: "/*" }, "assets must be a folder of the static assets"],
    [{ ...options, assets: "http://cdn.example/npm" }, "assets must be a folder of the static assets"],
    [{ ...options, assets: "https://cdn.example; script-src *" }, "assets must be a folder of the static assets"],
    [{ ...options, assets: "https://user@cdn.example" }, "assets must be a folder of the static assets"],
    [{ ...options, assets: 1 }, "assets must be a folder of the static assets"],
    [{ ...options, misspelt: 1 }, 'docs: unknown option "misspelt"'],
  ])("refuses %j", (given, message) => {
    expect(() => docs(given as DocsOptions)).toThrow(message);
  });

  it("requires a document, which must be public", () => {
    expect(() => createAppWorld((app) => app.register(docs(options)))).toThrow("requires openapi");
    expect(() =>
      createAppWorld((app) => app.register(openapi(), { hooks: requireAuth("a") }).register(docs(options))),
    ).toThrow("register openapi({ public: true }) first");
    expect(() =>
      createAppWorld((app) => app.register(openapi({ public: true }), { prefix: "/:a" }).register(docs(options))),
    ).toThrow("must not have parameters");
  });

  it("writes a page with every text escaped, and with files below its own path", async () => {
    const { ask } = createWorld({ ...options, path: "/a/api-docs" }, '<script>"&');
    const page = await (await ask("/a/api-docs")).text();
    expect(page).toContain("<title>&lt;script&gt;&quot;&amp;</title>");
    expect(page).toContain('src="api-docs/start.js"');
    expect(await (await ask("/a/api-docs/start.js")).text()).toContain(`clientIds = {"default":"${clientId}"}`);
    expect(page).toContain('<button type="button" value="default">Sign in</button></nav>');
  });

  it("connects only to the API if the app has no guard", async () => {
    const app = new App().register(openapi({ public: true })).register(docs(options));
    const policy = (await app.request("/docs")).headers.get("content-security-policy");
    expect(policy).toContain("connect-src 'self';");
  });

  const ids = { default: clientId, customers: clientId.replace("3", "4") };
  const docsOfTwins = (given: DocsOptions["clientId"]) =>
    new App().register(openapi({ public: true })).register(docs({ ...options, clientId: given }));

  it.each<[string, DocsOptions["clientId"], readonly (keyof typeof urls)[]]>([
    ["both", ids, ["default", "customers"]],
    ["customers", { customers: ids.customers }, ["customers"]],
    ["default, if the client ID has no name", clientId, ["default"]],
  ])("signs in users of %s, and connects to no other authority", async (_, given, names) => {
    const { send } = createTwinWorld({}, { routes: docsOfTwins(given) });
    const page = await send("/docs");
    const connect = names.map((name) => urls[name]).join(" ");
    expect(page.headers.get("content-security-policy")).toContain(`connect-src 'self' ${connect};`);
    const buttons = [...(await page.text()).matchAll(/<button type="button" value="(\w+)">([^<]*)</g)];
    const text = (name: string) => (names.length > 1 ? `Sign in: ${name}` : "Sign in");
    expect(buttons.map(([, value, label]) => [value, label])).toEqual(names.map((name) => [name, text(name)]));
  });

  it("with client IDs by authority requires a gate, and the fault says so", async () => {
    const io = createFakeIo();
    const app = new App({}, io).register(openapi({ public: true })).register(docs({ ...options, clientId: ids }));
    expect((await app.request("/docs")).status).toBe(500);
    const fault =
      "docs with client IDs by authority requires app.register(entraPlugin), or createGate({ routes: app })";
    expect(io.lines).toContainEqual(expect.objectContaining({ event: "misconfigured", fault }));
  });

  it("is refused at the start with the client ID of an authority that the gate does not declare", () => {
    const fault = 'docs: clientId has "customers", an authority which the gate does not declare. Use one of default';
    expect(() => createTwinWorld({}, { routes: docsOfTwins(ids), hasCustomers: false })).toThrow(fault);
  });

  it("copies only the bytes and the validator of an asset", async () => {
    const asked: string[] = [];
    const answer = await createWorld().ask("/docs/swagger-ui.css?a=/etc", { env: assetsWith(200, asked) });
    expect([answer.status, await answer.text(), answer.headers.get("etag")]).toEqual([200, "css", '"1"']);
    expect(answer.headers.has("set-cookie")).toBe(false);
    expect(asked).toEqual(["https://api.contoso.example/swagger-ui.css"]);
  });

  it("reads the files from another folder of the assets", async () => {
    const asked: string[] = [];
    const world = createWorld({ ...options, assets: "/swagger-ui" });
    await world.ask("/docs/swagger-ui-bundle.js", { env: assetsWith(200, asked) });
    expect(asked).toEqual(["https://api.contoso.example/swagger-ui/swagger-ui-bundle.js"]);
  });

  it("lets the browser load two files from a CDN, with their hashes, and serves none", async () => {
    const { ask } = createWorld({ ...options, assets: "https://cdn.jsdelivr.net/npm" });
    const page = await ask("/docs");
    const policy = page.headers.get("content-security-policy");
    const folder = `https://cdn.jsdelivr.net/npm/swagger-ui-dist@${swaggerUi.version}`;
    expect(policy).toContain(
      `script-src 'self' ${folder}/swagger-ui-bundle.js; style-src 'self' ${folder}/swagger-ui.css;`,
    );
    const html = await page.text();
    const hashes = swaggerUi.integrity;
    expect(html).toContain(
      `src="${folder}/swagger-ui-bundle.js" integrity="${hashes["swagger-ui-bundle.js"]}" crossorigin=`,
    );
    expect(html).toContain(`href="${folder}/swagger-ui.css" integrity="${hashes["swagger-ui.css"]}" crossorigin=`);
    expect((await ask("/docs/swagger-ui.css", { env: assetsWith(200) })).status).toBe(404);
  });

  it.each([
    ["no binding", {}, "the binding ASSETS"],
    ["no such file", assetsWith(404), "is not a static asset (status 404)"],
    ["a redirect", assetsWith(307), "is not a static asset (status 307)"],
  ])("fails with a cause that only the log contains: %s", async (_, env, cause) => {
    const world = createWorld();
    const answer = await world.ask("/docs/swagger-ui.css", { env });
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining("ASSETS")]);
    expect(world.refusals()).toEqual([expect.objectContaining({ cause: expect.stringContaining(cause) })]);
  });
});
