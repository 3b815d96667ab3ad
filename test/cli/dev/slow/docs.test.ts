import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type PersonaName, personas } from "../../../../entra/directory/personas.ts";
import { swaggerUi } from "../../../../src/extensions/openapi/swagger-ui.ts";
import { chromiumPath, openPage, startBrowser } from "../../../support/browser.ts";
import { type Stack, startStack } from "../../../support/stack.ts";
import { findFlaws } from "../support/flaws.ts";

const assets = path.dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
let stack: Stack;

beforeAll(async () => {
  stack = await startStack({
    gateEntry: "test/gates/signed-in.ts",
    hasCustomers: true,
    gateAssets: assets,
    onGateLog: () => {},
  });
});
afterAll(() => stack?.stop());

/** Records what the page says about failures, in `recorded`. Runs in the page. */
function recordFailures(): void {
  const recorded: (string | null)[] = [];
  const element = document.querySelector("#failure") as Element;
  new MutationObserver(() => element.textContent !== "" && recorded.push(element.textContent)).observe(element, {
    childList: true,
  });
  Object.assign(globalThis, { recorded });
}

const ask = (target: string, headers = {}) => fetch(`${stack.gateUrl}${target}`, { headers });

describe("the hashes of Swagger UI", () => {
  it("are those of the package that the page is tested with", async () => {
    const { version } = JSON.parse(await readFile(path.join(assets, "package.json"), "utf8"));
    expect(swaggerUi.version).toBe(version);
    for (const [name, hash] of Object.entries(swaggerUi.integrity)) {
      const digest = createHash("sha384")
        .update(await readFile(path.join(assets, name)))
        .digest("base64");
      expect(hash, name).toBe(`sha384-${digest}`);
    }
  });
});

describe("the documentation page", () => {
  it("loads nothing from other sites, runs nothing inline, and connects only to the API and Entra", async () => {
    const response = await ask("/docs");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'; ");
    expect(policy).toContain(`; connect-src 'self' ${stack.entraUrl} ${stack.customersUrl};`);
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
    for (const target of ["/LICENSE", "/swagger-ui.css", "/index.html", "/docs/LICENSE", "/docs/../LICENSE"]) {
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

  const operation = (id = "getLegacy") => page.locator(`#operations-legacy-${id}`);
  async function signIn(persona: PersonaName, authority = "default"): Promise<void> {
    // Without a session, the local Entra asks who signs in.
    await page.context().clearCookies();
    const [popup] = await Promise.all([
      page.waitForEvent("popup"),
      page.getByRole("button", { name: `Sign in: ${authority}` }).click(),
    ]);
    // It opens with an empty page.
    await popup.waitForURL(/^http/);
    expect(new URL(popup.url()).origin).toBe(authority === "default" ? stack.entraUrl : stack.customersUrl);
    await Promise.all([
      popup.waitForEvent("close"),
      popup.getByRole("button", { name: personas[persona].name }).click(),
    ]);
    await page.getByRole("button", { name: "Sign out" }).waitFor();
  }

  const signOut = () => page.getByRole("button", { name: "Sign out" }).click();

  async function execute(status: number, id?: string): Promise<string> {
    await operation(id).getByRole("button", { name: "Execute" }).click();
    const cell = page.locator("td.response-col_status", { hasText: new RegExp(`^\\s*${status}`) });
    const row = operation(id).locator(".live-responses-table tr.response").filter({ has: cell });
    await row.waitFor();
    return String(await row.locator(".highlight-code").first().textContent());
  }

  it("shows a user who has not signed in that a token is required", async () => {
    expect(await execute(401)).toContain("This resource requires a bearer access token");
  });

  it("has one way to sign in for each authority", async () => {
    expect(await page.getByRole("button", { name: /sign in|authorize|authorization/i }).allTextContents()).toEqual([
      "Sign in: default",
      "Sign in: customers",
    ]);
  });

  it("says why Entra signed nobody in, and ignores answers to another page", async () => {
    const refuse = async (choose: (state: string) => string) => {
      const [popup] = await Promise.all([
        page.waitForEvent("popup"),
        page.getByRole("button", { name: "Sign in: default" }).click(),
      ]);
      await popup.getByRole("button", { name: personas.member.name }).waitFor();
      const state = choose(new URL(popup.url()).searchParams.get("state") ?? "");
      const answer = new URLSearchParams({ state, error: "access_denied", error_description: `Refused ${state}.` });
      await Promise.all([
        popup.waitForEvent("close"),
        popup.goto(`${stack.gateUrl}/docs/oauth2-redirect.html?${answer}`).catch(() => {}),
      ]);
      return state;
    };
    await page.evaluate(recordFailures);
    await refuse(() => "another");
    const state = await refuse((own) => own);
    await page.getByRole("alert").waitFor();
    expect(await page.evaluate("recorded")).toEqual([`Refused ${state}.`]);
    await page.getByRole("button", { name: "Sign in: default" }).waitFor();
  });

  it("folds the refusals of an operation", async () => {
    const codes = operation().locator(".responses-table:not(.live-responses-table) tr.response .response-col_status");
    expect(await codes.allTextContents()).toEqual(["200"]);
    await operation()
      .getByRole("button", { name: /^Show refusals: 400, 401, 403/ })
      .click();
    expect(await codes.allTextContents()).toEqual(expect.arrayContaining(["200", "401", "403"]));
    await operation()
      .getByRole("button", { name: /^Hide refusals/ })
      .click();
    expect(await codes.allTextContents()).toEqual(["200"]);
  });

  it("signs a persona in with one button, and shows the API's answer", async () => {
    await signIn("admin");
    expect(await execute(200)).toContain(personas.admin.oid);
    expect(await page.getByRole("button", { name: /^sign/i }).allTextContents()).toEqual(["Sign out"]);
    await signOut();
  });

  it("signs a user of another authority in, whose token only the operations get that name it", async () => {
    await operation("getMine").locator(".opblock-summary-control").click();
    await operation("getMine").getByRole("button", { name: "Try it out" }).click();
    await signIn("admin", "customers");
    expect(await execute(200, "getMine")).toContain("customers");
    expect(await execute(401)).toContain("This resource requires a bearer access token");
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
    await operation()
      .getByRole("button", { name: /^Show refusals/ })
      .click();
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
      hasCustomers: true,
      gateAssets: empty,
      onGateLog: () => {},
    });
    const browser = await startBrowser();
    try {
      const page = await openPage(browser);
      await page.goto(`${bare.gateUrl}/docs`);
      const text = await page.getByRole("alert").textContent();
      expect(text).toMatch(/requires swagger-ui\.css and swagger-ui-bundle\.js of the package swagger-ui-dist/);
    } finally {
      await browser.close();
      await bare.stop();
      await rm(empty, { recursive: true });
    }
  });
});
