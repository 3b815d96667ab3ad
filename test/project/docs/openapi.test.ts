import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { parse } from "smol-toml";
import { describe, expect, it } from "vitest";

/** Imported by its URL, because its types are those of the worker, not of Node. */
const index = pathToFileURL(path.resolve(import.meta.dirname, "../../../src/index.ts")).href;
const text = readFileSync(path.resolve(import.meta.dirname, "../../../docs/how-to/publish-openapi.md"), "utf8");

function readExample(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(text)?.[1] ?? "";
}

describe("docs/how-to/publish-openapi.md", () => {
  it("has a program that can be served", async () => {
    const program = stripTypeScriptTypes(readExample("ts")).replace('"entra-gate"', JSON.stringify(index));
    const { default: app } = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(program)}`);
    await app.ready();
    expect(app[Symbol.for("entra-gate.app")].routes.map(({ path: route }: { path: string }) => route)).toEqual(
      expect.arrayContaining(["/openapi.json", "/docs", "/docs/oauth2-redirect.html"]),
    );
  });

  it("binds assets that only the worker serves", () => {
    expect(parse(readExample("toml").replace(/^ {3}/gm, ""))).toEqual({
      assets: { directory: "node_modules/swagger-ui-dist", binding: "ASSETS", run_worker_first: true },
    });
  });
});
