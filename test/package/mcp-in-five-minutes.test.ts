import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { createRun } from "../../tools/shapes/shapes.ts";
import { readPage } from "../support/docs/pages.ts";
import { type Launcher, startLauncher } from "../support/launcher.ts";
import { tracing } from "../support/mcp/browser.ts";
import { createFirstGeneration, createSecondGeneration } from "../support/mcp/drivers.ts";
import { createProvider } from "../support/mcp/provider.ts";

const base = mkdtempSync(path.join(os.tmpdir(), "entra-gate-mcp-"));
const folder = path.join(base, "orders");
const file = "docs/tutorials/mcp-server-in-five-minutes.md";
const { snippets } = readPage(file);
const listBlocks = (language: string) =>
  snippets.filter((snippet) => snippet.language === language).map(({ code }) => code.trimEnd());
const commands = listBlocks("sh").flatMap((block) => block.split("\n"));
const [create = "", install = "", start = "", ...others] = commands;
const [printed = "", seen = ""] = listBlocks("text");
const trace = tracing({});
let launcher: Launcher | undefined;
let [gate, entra] = ["", ""];

const program = createRun(folder, [path.dirname(process.execPath)]);
/** npm takes packages from its cache if possible. The page needs no scripts of theirs. */
const npm = "export npm_config_prefer_offline=true npm_config_ignore_scripts=true npm_config_audit=false";

/** Runs a command of the page, at the addresses of this run. */
async function run(command: string): Promise<string> {
  const { code, output } = await program("bash", "-ec", `${npm}; ${toHere(command)}`);
  if (code !== 0) throw new Error(`${command}\n${output}`);
  return output;
}

const toHere = (text: string) => text.replaceAll("http://127.0.0.1:8787", gate);
const toPage = (text = "") => text.replaceAll(gate, "http://127.0.0.1:8787").replaceAll(entra, "http://127.0.0.1:8788");

beforeAll(async () => {
  mkdirSync(folder);
  cpSync(inject("tarball"), path.join(base, "entra-gate-0.2.0.tgz"));
  await run(create);
  await run(install);
  const { scripts } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  expect([start, scripts.dev]).toEqual(["npm run dev", "entra-gate dev"]);
  const command = [path.join(folder, "node_modules/entra-gate/cli/entra-gate.js"), "dev"];
  launcher = await startLauncher([], { cwd: folder, command });
  [gate, entra] = ["Gate", "Local Entra"].map(
    (name) => new RegExp(`^${name} +(\\S+)$`, "m").exec(launcher?.output() ?? "")?.[1] ?? "",
  ) as [string, string];
  writeFileSync(path.join(folder, "client.mjs"), toHere(listBlocks("js")[0] ?? ""));
});

afterAll(async () => {
  await launcher?.stop();
  rmSync(base, { recursive: true });
});

describe(`${file}, word for word, in an empty folder`, () => {
  it("takes six commands", () => {
    expect(commands).toHaveLength(6);
  });

  it("shows what init writes, and what dev prints", () => {
    expect(readFileSync(path.join(folder, "src/routes.ts"), "utf8").trimEnd()).toBe(listBlocks("ts")[0]);
    const names = (lines: string) =>
      [...lines.matchAll(/^([A-Z][A-Za-z ]*?) +http:\/\/127\.0\.0\.1:/gm)].map(([, name]) => name);
    expect(names(launcher?.output() ?? "")).toEqual(names(printed));
  });

  it("leads to a client that sees one tool, and to one that sees both", async () => {
    const [one = "", both = "", look = ""] = others;
    expect(`${await run(one)}${await run(both)}`).toBe(`${seen}\n`);
    const [, challenge] = /^(www-authenticate: .*)\r$/im.exec(await run(look)) ?? [];
    expect(toPage(challenge).toLowerCase()).toBe(listBlocks("http")[0]?.replace(/\s+/g, " ").toLowerCase());
  });

  it("leads to tests that pass, types that hold, rules that are proved and a token that is explained", async () => {
    expect(await run("npm test && npx --no tsc && npx --no entra-gate test rules.yaml")).toContain("4 passed");
    const token = "npx entra-gate token --api mcp-api --scope tools.read";
    expect(await run(`${token} | npx entra-gate explain - --route "POST /mcp"`)).toMatch(/^Allowed/);
  });

  it.each([
    ["first", createFirstGeneration],
    ["second", createSecondGeneration],
  ])("lets a client of the %s generation sign in, after consent, and call what its token may", async (_, create) => {
    const world = { url: `${gate}/mcp`, trace, fetch: trace.fetch };
    const client = create(world, createProvider(trace, {}));
    await client.connect();
    expect(await client.listTools()).toEqual(["orders_count"]);
    expect(await client.callTool("orders_count")).toBe("3");
    await client.close();
    expect(trace.lines.join("\n")).toMatch(/^POST \S+ \/oauth\/callback\/consent 303$/m);
  });
});
