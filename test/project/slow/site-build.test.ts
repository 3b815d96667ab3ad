import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoopbackServer, serveFetch } from "../../../cli/common/loopback.ts";
import { openPage, startBrowser } from "../../support/browser.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const dist = path.join(root, "docs/site/dist");
const types: Readonly<Record<string, string>> = { ".css": "text/css", ".html": "text/html", ".js": "text/javascript" };

/** As Workers' static assets do: `/reference/variables` is the file `reference/variables.html`. */
async function serveFile(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
  const file = path.join(dist, path.extname(name) in types ? name : `${name}.html`);
  const content = await readFile(file).catch(() => undefined);
  if (content === undefined) return new Response(null, { status: 404 });
  return new Response(content, { headers: { "content-type": types[path.extname(file)] ?? "" } });
}

let server: LoopbackServer;
let browser: Browser;
let page: Page;
const requested: string[] = [];

beforeAll(async () => {
  await promisify(execFile)("npm", ["run", "docs"], { cwd: root });
  server = await serveFetch(serveFile, 0);
  browser = await startBrowser();
  page = await openPage(browser);
  page.on("request", (request) => requested.push(request.url()));
  await page.goto(server.url, { waitUntil: "networkidle" });
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

describe("the search of the site", () => {
  const results: string[] = [];

  it("loads its index with the page", () => {
    expect(requested.filter((url) => url.includes("localSearchIndex"))).not.toEqual([]);
  });

  it("finds guides before members of types", async () => {
    await page.keyboard.press("Control+k");
    await page.locator("#localsearch-input").fill("cors");
    await expect.poll(() => page.locator(".VPLocalSearchBox .result").count()).toBeGreaterThan(5);
    results.push(...(await page.locator(".VPLocalSearchBox .result .titles").allInnerTexts()));
    expect(results[0]).not.toMatch(/entra-gate/);
    expect(results.slice(0, 5).filter((result) => /Properties/.test(result))).toEqual([]);
  });

  it("names the module of a page of the API", () => {
    expect(results.filter((result) => /\bcors\(\)/.test(result)).join()).toMatch(/entra-gate: cors\(\)/);
  });

  it.each([
    ["first command", "/tutorials/first-hour"],
    ["External ID", "/how-to/use-external-id"],
    ["container", "/how-to/run-in-a-container"],
    ["why 401", "/#why-401"],
    ["revocation list", "/reference/revocations"],
    ["performance", "/explanation/speed"],
    ["key rotation", "/explanation/keys"],
    ["rotates keys", "/explanation/keys"],
    ["JWKS", "/explanation/keys"],
    ["CI", "/how-to/(?:check-pull-requests|test-your-gate)"],
    ["block user", "/how-to/stop-a-caller"],
    ["limits", "/reference/limits"],
    ["install", "/tutorials/first-hour"],
    ["revocation", "/reference/revocations"],
    ["what is not promised", "/explanation/security#what-it-does-not-promise"],
  ])("leads from %s to its page first", async (query, address) => {
    await page.locator("#localsearch-input").fill(query);
    const first = page.locator(".VPLocalSearchBox .result").first();
    await expect.poll(() => first.getAttribute("href")).toMatch(new RegExp(`^${address}`));
  });
});

describe("a page of the site", () => {
  it("leads to the previous and the next page, and names the version", async () => {
    await page.goto(`${server.url}/reference/variables`, { waitUntil: "networkidle" });
    expect(await page.locator(".pager-link").count()).toBe(2);
    const { version } = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
    expect(await page.locator(".VPNavBarMenu").textContent()).toContain(version);
  });
});
