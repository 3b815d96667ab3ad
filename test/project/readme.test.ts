import { existsSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { variableNames } from "../../src/config/config.ts";

/** Loaded by its URL: its types are those of the worker, not of Node. */
const index = pathToFileURL(path.resolve(import.meta.dirname, "../../src/index.ts")).href;
const { createGate } = await import(/* @vite-ignore */ index);

const root = path.resolve(import.meta.dirname, "../..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");

/** First cells of a table's rows, as the names in them. */
function namesOfTable(firstHeading: string): readonly string[] {
  const table = readme.slice(readme.indexOf(`| ${firstHeading} |`)).split("\n\n")[0] ?? "";
  const cells = table
    .split("\n")
    .slice(2)
    .map((row) => row.split("|")[1] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`([A-Za-z0-9_]+)/g)].map(([, name]) => name as string));
}

/** A file of the example, as something that Node can import. */
function toModule(file: string): string {
  const script = stripTypeScriptTypes(file).replace('"./index.ts"', JSON.stringify(index));
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

describe("README.md", () => {
  it("has every variable in its table, and no other", () => {
    expect([...namesOfTable("variable")].sort()).toEqual([...variableNames].sort());
  });

  it("has every option of createGate in its table, beside routes", () => {
    expect(() => createGate({ misspelt: true } as object)).toThrow(
      `known are ${["routes", ...namesOfTable("option")].join(", ")}`,
    );
  });

  it("shows routes that can be declared", async () => {
    const [routesFile = "", workerFile = ""] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(
      ([, code = ""]) => code,
    );
    const routes = toModule(routesFile);
    const { default: gate } = await import(/* @vite-ignore */ toModule(workerFile.replace("./routes.ts", routes)));
    expect(gate.options.routes[Symbol.for("entra-gate.app")].routes.length).toBeGreaterThan(0);
    expect(gate.options.unlisted).toBe("reject");
  });

  it("links to files that are there", () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(0);
    expect(links.filter((link) => !existsSync(path.join(root, link)))).toEqual([]);
  });
});
