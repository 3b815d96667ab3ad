import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const [honoProgram, daloyProgram] = ["hono", "daloyjs"].map((framework) => {
  const page = readFileSync(path.join(root, `docs/how-to/protect-a-${framework}-app.md`), "utf8");
  return /```ts\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
}) as [string, string];

/** Names that a program imports from one of the package's entries, and the module that the entry is. */
async function readImports(program: string, entry: string) {
  const [, names = ""] = new RegExp(`import \\{([^}]*)\\} from "entra-gate/${entry}"`).exec(program) ?? [];
  const url = pathToFileURL(path.join(root, `src/adapters/${entry}.ts`)).href;
  const module = await import(/* @vite-ignore */ url);
  return {
    url,
    module,
    values: names
      .split(",")
      .filter((name) => !/\btype\b/.test(name))
      .map((name) => name.trim()),
  };
}

describe("the pages of the adapters", () => {
  it("contain a program for Hono that runs, and refuses callers as the page says", async () => {
    const { url } = await readImports(honoProgram, "hono");
    const hono = import.meta.resolve("hono");
    const script = stripTypeScriptTypes(honoProgram)
      .replace('"entra-gate/hono"', JSON.stringify(url))
      .replace('"hono"', JSON.stringify(hono));
    const { default: app } = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`);
    const environment = {
      ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
      ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
    };
    const ask = async (target: string) =>
      (await app.request(`https://api.contoso.example${target}`, {}, environment)).status;
    expect(await Promise.all(["/health", "/me", "/orders", "/nothing"].map(ask))).toEqual([200, 401, 401, 401]);
  });

  it("contain a program for DaloyJS with existing imports", async () => {
    const { module, values } = await readImports(daloyProgram, "daloy");
    expect(values).toEqual(["entraPlugin", "requireAuth"]);
    for (const name of values) expect(module).toHaveProperty(name);
    expect(daloyProgram).toContain("hooks: requireAuth(");
    expect(daloyProgram).not.toContain("middleware");
  });
});
