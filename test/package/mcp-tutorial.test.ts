import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { readPage } from "../support/docs/pages.ts";
import { type Launcher, startLauncher } from "../support/launcher.ts";
import { tracing } from "../support/mcp/browser.ts";
import { createFirstGeneration, createSecondGeneration } from "../support/mcp/drivers.ts";
import { createProvider } from "../support/mcp/provider.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "entra-gate-mcp-tutorial-"));
const bin = path.join(folder, "node_modules/.bin/entra-gate");
const { snippets } = readPage("docs/tutorials/put-your-mcp-server-behind-entra.md");
const trace = tracing({});
let launcher: Launcher | undefined;
let gate = "";

/** The project of the page: what `init` writes, the routes of the page, and the packages that the page installs. */
beforeAll(async () => {
  mkdirSync(path.join(folder, "node_modules"));
  const installed = path.join(inject("consumer"), "node_modules");
  for (const name of readdirSync(installed).filter((each) => each !== ".package-lock.json"))
    symlinkSync(path.join(installed, name), path.join(folder, "node_modules", name));
  execFileSync(process.execPath, [path.join(installed, ".bin/entra-gate"), "init", "--yes"], { cwd: folder });
  for (const name of ["wrangler", "typescript", "vitest", "@modelcontextprotocol"])
    symlinkSync(path.resolve("node_modules", name), path.join(folder, "node_modules", name));
  const [routes] = snippets.filter(({ language }) => language === "ts");
  writeFileSync(path.join(folder, "src/routes.ts"), routes?.code ?? "");
  rmSync(path.join(folder, "test/gate.test.ts"));
  launcher = await startLauncher([], { cwd: folder, command: [bin, "dev"] });
  [, gate = ""] = /^Gate +(\S+)$/m.exec(launcher.output()) ?? [];
});

afterAll(async () => {
  await launcher?.stop();
  rmSync(folder, { recursive: true });
});

describe("docs/tutorials/put-your-mcp-server-behind-entra.md, in a project that has only the package", () => {
  it("shows what dev prints", () => {
    const printed = snippets.find(({ language }) => language === "text")?.code.trimEnd() ?? "";
    const names = (lines: string) =>
      [...lines.matchAll(/^([A-Z][A-Za-z ]*?) +http:\/\/127\.0\.0\.1:/gm)].map(([, name]) => name);
    expect(names(launcher?.output() ?? "")).toEqual(names(printed));
  });

  it("shows the challenge of the gate", async () => {
    const response = await fetch(`${gate}/mcp`, { method: "POST" });
    const entra = /^Local Entra +(\S+)$/m.exec(launcher?.output() ?? "")?.[1] ?? "";
    const challenge = response.headers.get("www-authenticate")?.replaceAll(gate, "http://127.0.0.1:8787");
    const shown = snippets
      .find(({ language }) => language === "http")
      ?.code.replace(/\s+/g, " ")
      .trim();
    expect(`WWW-Authenticate: ${challenge?.replaceAll(entra, "http://127.0.0.1:8788")}`).toBe(shown);
  });

  it.each([
    ["first", createFirstGeneration],
    ["second", createSecondGeneration],
  ])("lets a client of the %s generation sign in, after consent, and call what its token may", async (_, create) => {
    const world = { url: `${gate}/mcp`, trace, fetch: trace.fetch };
    const client = create(world, createProvider(trace, {}));
    await client.connect();
    expect(await client.listTools()).toEqual(["orders_count", "orders_list"]);
    expect(await client.callTool("orders_count")).toBe("3");
    await client.close();
    expect(trace.lines.join("\n")).toMatch(/^POST \S+ \/oauth\/callback\/consent 303$/m);
  });
});
