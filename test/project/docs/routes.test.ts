import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../../..");
const [docs, validation, hooks] = ["routes", "validation", "hooks"].map((page) =>
  readFileSync(path.join(root, `docs/reference/${page}.md`), "utf8"),
) as [string, string, string];
/** Imported by its URL, because its types are those of the worker, not of Node. */
const index = pathToFileURL(path.join(root, "src/index.ts")).href;
const { App, ...surface } = await import(/* @vite-ignore */ index);

/** Names in the cells of one column of a page's table. */
function namesOfTable(page: string, firstHeading: string, column: number): string[] {
  const table = page.slice(page.indexOf(`| ${firstHeading} |`)).split("\n\n")[0] ?? "";
  const cells = table
    .split("\n")
    .slice(2)
    .map((row) => row.split("|")[column] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name as string));
}

describe("the reference of routes", () => {
  it("has every member of a definition in its table, and no other", () => {
    let message = "";
    try {
      new App().route({ misspelt: true });
    } catch (error) {
      message = (error as Error).message;
    }
    const [, known = ""] = /Use one of (.+)$/.exec(message) ?? [];
    expect([...namesOfTable(docs, "member", 1)].sort()).toEqual(known.split(", ").sort());
  });

  it("has every member of an App in its table, and no other", () => {
    const app = new App({ title: "Orders" });
    const inherited = Object.getOwnPropertyNames(App.prototype).filter((name) => name !== "constructor");
    const section = docs.slice(docs.indexOf("## App"));
    expect([...Object.getOwnPropertyNames(app), ...inherited].sort()).toEqual(
      namesOfTable(section, "member", 1).sort(),
    );
  });

  it("has every class of errors in its table, and every helper, and no other", () => {
    const exported = Object.keys(surface);
    const classes = exported.filter((name) => name.endsWith("Error") && name !== "HttpError");
    expect([...new Set(namesOfTable(validation, "status", 3))].sort()).toEqual(
      classes.filter((name) => !name.startsWith("Downstream")).sort(),
    );
    expect(exported).toEqual(expect.arrayContaining(namesOfTable(hooks, "hook", 1).filter((name) => name in surface)));
    for (const helper of ["secureHeaders", "cors", "requestId", "timeout", "rateLimit"]) {
      expect(namesOfTable(hooks, "hook", 1)).toContain(helper);
    }
  });

  it("has a program that can be served", async () => {
    const [, example = ""] = /```ts\n([\s\S]*?)```/.exec(docs) ?? [];
    const script = stripTypeScriptTypes(example)
      .replace('"entra-gate"', JSON.stringify(index))
      .replace('"zod"', JSON.stringify(import.meta.resolve("zod")));
    const { default: app } = await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`);
    await app.ready();
    expect((await app.request("/me", {}, {})).status).toBe(500);
  });
});
