import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline";
import { startBrowser } from "../../test/support/browser.ts";
import { signIn } from "../../test/support/mcp/browser.ts";
import type { McpWorld } from "../../test/support/mcp/world.ts";
import { expireTokens } from "./expiry.ts";

/** Starts the Inspector with a home of its own. Without a PATH, it finds no browser. */
function start(folder: string, home: string, options: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const program = path.join(folder, "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js");
  return spawn(process.execPath, [program, ...options], { env: { PATH: "", HOME: home, ...env } });
}

async function inHome<T>(folder: string, work: (home: string) => Promise<T>): Promise<T> {
  const home = await mkdtemp(path.join(folder, "home-"));
  try {
    return await work(home);
  } finally {
    await rm(home, { recursive: true });
  }
}

/** Registers, signs in, lists the tools, calls one, and again with a refreshed token. @returns what it printed */
export function runCommandLine(world: McpWorld, folder: string): Promise<string> {
  return inHome(folder, async (home) => {
    let pages = 0;
    const ask = async (...method: readonly string[]): Promise<unknown> => {
      const options = ["--cli", "--server-url", world.url, "--transport", "http", "--method", ...method];
      // It asks its user to open a page only in a terminal, or with this variable.
      const child = start(folder, home, options, { MCP_AUTO_OPEN_ENABLED: "true" });
      createInterface({ input: child.stderr }).on("line", (line) => {
        const [, page] = /^Please navigate to: (\S+)/.exec(line) ?? [];
        if (page === undefined) return;
        pages += 1;
        signIn(world.trace, new URL(page)).then((callback) => fetch(callback));
      });
      return JSON.parse(await readOutput(child));
    };
    const { tools } = (await ask("tools/list")) as { readonly tools: readonly { readonly name: string }[] };
    const call = async () => {
      const { content } = (await ask("tools/call", "--tool-name", "orders_count")) as {
        readonly content: readonly { readonly text: string }[];
      };
      return content[0]?.text;
    };
    const first = await call();
    await expireTokens(world);
    const second = await call();
    if (pages !== 1) throw new Error(`it opened ${pages} pages`);
    return `${tools.map(({ name }) => name).join(", ")}; orders_count returned ${first}, and after the expiry ${second}`;
  });
}

async function readOutput(child: ChildProcess): Promise<string> {
  let output = "";
  child.stdout?.on("data", (chunk) => {
    output += chunk;
  });
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`the Inspector ended with ${status}: ${output}`);
  return output;
}

/** Connects on the page at 127.0.0.1:6274, signs in, lists the tools, and calls one. @returns what the page shows */
export function runPages(world: McpWorld, folder: string): Promise<string> {
  return inHome(folder, async (home) => {
    const child = start(folder, home, ["--web", "--server-url", world.url, "--transport", "http"]);
    const browser = await startBrowser();
    try {
      const address = await findAddress(child);
      const page = await browser.newPage();
      await page.goto(address);
      await page.getByRole("switch").first().click({ force: true });
      await page.waitForURL(/\/authorize\?/);
      // The page for consent.
      if (page.url().startsWith(`${world.stack.gateUrl}/`)) await page.getByRole("button", { name: "Allow" }).click();
      await page.waitForURL(/\/oauth2\/v2\.0\/authorize\?/);
      await page.getByText("Local Member").click();
      await page.waitForURL("http://127.0.0.1:6274/");
      await page.getByText("Tools", { exact: true }).first().click();
      await page.getByText("orders_count").first().click();
      const names = ["orders_count", "orders_delete", "orders_list"];
      const shown = (await page.locator("body").textContent()) ?? "";
      await page
        .getByRole("button", { name: /execute|run|call/i })
        .first()
        .click();
      await page
        .getByText(/^"?3"?$/)
        .first()
        .waitFor();
      return `${names.filter((name) => shown.includes(name)).join(", ")}; orders_count returned 3`;
    } finally {
      await browser.close();
      child.kill();
    }
  });
}

async function findAddress(child: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: child.stdout as NonNullable<ChildProcess["stdout"]> })) {
    const [address] = /http:\/\/127\.0\.0\.1:6274\S*/.exec(line) ?? [];
    if (address !== undefined) return address;
  }
  throw new Error("the Inspector did not say where its page is");
}
