import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import type { Variables } from "../../../cli/init/answers.ts";
import { writeRoutes, writeWorker } from "../../../cli/init/files.ts";
import { writeRule } from "../../../cli/init/rule.ts";

/** Imported by its URL, because its types are those of the worker, not of Node. */
const index = pathToFileURL(path.resolve(import.meta.dirname, "../../../src/index.ts")).href;
const { createGate } = await import(/* @vite-ignore */ index);

const root = path.resolve(import.meta.dirname, "../../..");
const readPage = (file: string) => readFileSync(path.join(root, file), "utf8");

/** Names in the first cells of all tables of a page that begin with a heading. */
function namesOfTables(page: string, firstHeading: string): readonly string[] {
  const tables = page
    .split(`| ${firstHeading} |`)
    .slice(1)
    .map((rest) => rest.split("\n\n")[0] ?? "");
  const cells = tables.flatMap((table) => table.split("\n").slice(2)).map((row) => row.split("|")[1] ?? "");
  return cells.flatMap((cell) => [...cell.matchAll(/`([A-Za-z0-9_]+)/g)].map(([, name]) => name as string));
}

/** A file of the example as a URL that Node can import. */
function toModule(file: string): string {
  const script = stripTypeScriptTypes(file).replaceAll(/"(?:\.\/index\.ts|entra-gate)"/g, JSON.stringify(index));
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

describe("the reference of the configuration", () => {
  it("has every option of createGate in its table", () => {
    const names = namesOfTables(readPage("docs/reference/gate-options.md"), "option");
    expect(() => createGate({ misspelt: true } as object)).toThrow(`Use one of ${names.join(", ")}`);
  });
});

const listCode = (file: string, language: string) =>
  [...readPage(file).matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, code = ""]) => code);

describe("docs/how-to/protect-routes.md", () => {
  it("begins with valid routes, and a gate for them", async () => {
    const [routesFile = "", workerFile = ""] = listCode("docs/how-to/protect-routes.md", "ts");
    const routes = toModule(routesFile);
    const { default: gate } = await import(/* @vite-ignore */ toModule(workerFile.replace("./routes.ts", routes)));
    expect(gate.options.routes[Symbol.for("entra-gate.app")].routes.length).toBeGreaterThan(0);
    expect(gate.options.unlisted).toBe("reject");
  });
});

describe("README.md", () => {
  const [routes = "", worker = ""] = listCode("README.md", "ts");
  const [, , commands = ""] = listCode("README.md", "sh");

  it("shows the two commands of a clone and the routes on its first screen, then the gate that init writes", () => {
    const firstScreen = readPage("README.md").split("\n").slice(0, 30).join("\n");
    // .ci/run reads them from there, and runs them.
    expect(firstScreen.match(/^npm .+/gm)).toEqual(["npm ci && npm run dev", "npm ci && npm test"]);
    expect(firstScreen).toContain(routes);
    // zsh does not read comments of lines that are pasted.
    expect(commands.split("\n")).toEqual([
      "npm ci && npm pack --ignore-scripts=false --pack-destination ..",
      "mkdir ../orders && cd ../orders",
      "npx -y file:../entra-gate-0.2.0.tgz init --yes",
      "npm install",
      "npm test",
      "npm run dev",
      "",
    ]);
    const rule = writeRule({ ENTRA_REQUIRED_SCOPE: "access_as_user" } as Variables);
    expect([routes, worker]).toEqual([writeRoutes(rule), writeWorker(false)]);
    // A clone has the same gate, which `npm run dev` starts there.
    const inClone = (file: string) => readPage(file).replace('"./index.ts"', '"entra-gate"');
    expect([routes, worker]).toEqual([inClone("src/routes.ts"), inClone("src/worker.ts")]);
  });

  it("names the version of Node that the package needs", () => {
    const { engines } = JSON.parse(readPage("package.json")) as { readonly engines: { readonly node: string } };
    const named = [...readPage("README.md").matchAll(/\bNode (\d[\d.]*\d|\d+)\b/g)].map(([, version]) => version);
    expect(named).toEqual([engines.node.replace(">=", "")]);
  });
});
