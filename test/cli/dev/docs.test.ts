import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stack, startStack } from "../../../cli/dev/stack.ts";
import { type PersonaName, personas } from "../../../entra/directory/personas.ts";
import { copyDocs } from "../../../tools/copy-docs.ts";
import { chromiumPath, openPage, startBrowser } from "../../support/browser.ts";
import { findFlaws } from "./support/flaws.ts";

let assets: string;
let stack: Stack;

beforeAll(async () => {
  assets = await mkdtemp(path.join(tmpdir(), "docs-"));
  await copyDocs(assets);
  stack = await startStack({
    gateEntry: "test/gates/signed-in.ts",
    gateAssets: assets,
    onGateLog: () => {},
  });
});
afterAll(async () => {
  await stack?.stop();
  await rm(assets, { recursive: true });
});

const ask = (target: string, headers = {}) => fetch(`${stack.gateUrl}${target}`, { headers });

describe("the documentation page", () => {
  it("loads nothing from other sites, runs nothing inline, and connects only to the API and Entra", async () => {
    const response = await ask("/docs");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; ");
    expect(policy).toContain(`; connect-src 'self' ${stack.entraUrl};`);
    expect(policy).not.toContain("unsafe");
    expect(await response.text()).not.toMatch(/https?:|<script>|<style/);
  });

  it("serves its files with the same policy, and allows a browser to cache them", async () => {
    const response = await ask("/docs/swagger-ui-bundle.js");
    expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    await response.body?.cancel();
    const again = await ask("/docs/swagger-ui-bundle.js", { "if-none-match": response.headers.get("etag") ?? "" });
    expect([again.status, await again.text()]).toEqual([304, ""]);
  });

  it("opens no other static asset past the guard", async () => {
    for (const target of [
      "/swagger-ui/LICENSE",
      "/swagger-ui/swagger-ui.css",
      "/docs/LICENSE",
      "/docs/../swagger-ui/LICENSE",
    ]) {
      expect((await ask(target)).status, target).toBe(404);
    }
  });
});

describe.skipIf(chromiumPath === undefined)("the documentation page in Chromium", () => {
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
    page = await openPage(browser, { viewport: { width: 1280, height: 1000 } });
    page.on("pageerror", ({ message }) => problems.push(message));
    page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
    // As with GATE_URL. Its port is not known before the gate starts.
    await page.route("**/openapi.json", async (route) => {
      const document = await (await route.fetch()).json();
      await route.fulfill({ json: { ...document, servers: [{ url: stack.gateUrl }] } });
    });
    await page.goto(`${stack.gateUrl}/docs`);
    await page.locator("#operations-legacy-getLegacy .opblock-summary-control").click();
    await operation().getByRole("button", { name: "Try it out" }).click();
  });
  afterAll(() => browser?.close());

  const operation = () => page.locator("#operations-legacy-getLegacy");
  async function signIn(persona: PersonaName): Promise<void> {
    const [popup] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("button", { name: "Sign in" }).click(),
    ]);
    await Promise.all([
      popup.waitForEvent("close"),
      popup.getByRole("button", { name: personas[persona].name }).click(),
    ]);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    await page.locator(".modal-ux").waitFor({ state: "detached" });
  }

  const signOut = () => page.getByRole("button", { name: "Sign out" }).click();

  async function execute(status: number): Promise<string> {
    await operation().getByRole("button", { name: "Execute" }).click();
    const cell = page.locator("td.response-col_status", { hasText: new RegExp(`^\\s*${status}`) });
    const row = operation().locator(".live-responses-table tr.response").filter({ has: cell });
    await row.waitFor();
    return String(await row.locator(".highlight-code").first().textContent());
  }

  it("shows a user who has not signed in that a token is required", async () => {
    expect(await execute(401)).toContain("This resource requires a bearer access token");
  });

  it("asks for no secret", async () => {
    await page.getByRole("button", { name: "Authorize" }).first().click();
    await page.locator("#client_id_authorizationCode").waitFor();
    expect(await page.locator("#client_secret_authorizationCode").isVisible()).toBe(false);
    await page.locator(".modal-ux .close-modal").click();
  });

  it("signs a persona in with one button, and shows the API's answer", async () => {
    await signIn("admin");
    expect(await execute(200)).toContain(personas.admin.oid);
    await signOut();
  });

  it("shows another persona the refusal", async () => {
    await signIn("member");
    expect(await execute(403)).toContain("The access token does not permit this request.");
  });

  it("follows the system into dark mode", async () => {
    const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    await page.emulateMedia({ colorScheme: "dark" });
    await expect.poll(background).toBe("rgb(28, 32, 34)");
    await page.emulateMedia({ colorScheme: "light" });
    await expect.poll(background).not.toBe("rgb(28, 32, 34)");
  });

  it("fits a phone, a tablet and a laptop, and axe finds nothing serious, in light and dark", async () => {
    await page.reload();
    await page.locator(".opblock-post .opblock-summary-control").first().click();
    await page.locator(".opblock-post .responses-table").waitFor();
    expect(await findFlaws(page)).toEqual([]);
    await signIn("member");
    await operation().locator(".opblock-summary-control").click();
    await operation().getByRole("button", { name: "Try it out" }).click();
    await operation().getByRole("button", { name: "Execute" }).click();
    await operation().locator(".live-responses-table").first().waitFor();
    expect(await findFlaws(page)).toEqual([]);
    await page.locator(".auth-wrapper .authorize").click();
    await page.locator(".modal-ux .auth-btn-wrapper").waitFor();
    expect(await findFlaws(page)).toEqual([]);
  });

  it("had no errors except for refused requests", () => {
    const refused = /^Failed to load resource: the server responded with a status of 40[13] /;
    expect(problems.filter((problem) => !refused.test(problem))).toEqual([]);
  });
});

describe.skipIf(chromiumPath === undefined)("the documentation page without the files of Swagger UI", () => {
  it("names the missing files and where they belong", async () => {
    const empty = await mkdtemp(path.join(tmpdir(), "docs-empty-"));
    const bare = await startStack({
      gateEntry: "test/gates/signed-in.ts",
      gateAssets: empty,
      onGateLog: () => {},
    });
    const browser = await startBrowser();
    try {
      const page = await openPage(browser);
      await page.goto(`${bare.gateUrl}/docs`);
      const text = await page.getByRole("alert").textContent();
      expect(text).toMatch(/requires swagger-ui\.css, swagger-ui-bundle\.js and oauth2-redirect\.js/);
      expect(text).toContain("folder swagger-ui");
    } finally {
      await browser.close();
      await bare.stop();
      await rm(empty, { recursive: true });
    }
  });
});
