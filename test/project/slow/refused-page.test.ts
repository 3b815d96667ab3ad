import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LoopbackServer, serveFetch } from "../../../cli/common/loopback.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { createEntra } from "../../../entra/entra.ts";
import { renderRefusedPage } from "../../../tools/site/refused/page.ts";
import { findFlaws } from "../../cli/dev/support/flaws.ts";
import { openPage, startBrowser } from "../../support/browser.ts";

let server: LoopbackServer;
let browser: Browser;
let page: Page;
let token: string;
const requested: string[] = [];

beforeAll(async () => {
  const html = await renderRefusedPage();
  server = await serveFetch(async ({ url }) => {
    requested.push(new URL(url).pathname);
    return new Response(html, { headers: { "content-type": "text/html" } });
  }, 0);
  token = await createEntra().issueAccessToken({ persona: "member" });
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

beforeEach(async () => {
  await page?.close();
  page = await openPage(browser);
  requested.length = 0;
  await page.goto(`${server.url}/`);
});

async function explain(text: string): Promise<string | null> {
  await page.locator("#token").fill(text);
  await page.getByRole("button", { name: "Explain" }).click();
  return page.locator("#result h2").textContent();
}

const encode = (text: string) => Buffer.from(text).toString("base64url");

describe("the page Why was I refused?", () => {
  it("finds no fault in a good token, and says that the signature was not checked", async () => {
    expect(await explain(token)).toBe("No fault found");
    const text = await page.locator("#result").textContent();
    expect(text).toContain("The signature was not checked");
    expect(text).toContain("Compared with the token itself, because these fields are empty: ENTRA_TENANT_ID");
    expect(text).toContain(tenants.contoso.id);
  });

  it("compares the token with the variables in the fields", async () => {
    await page.getByText("Variables of your gate").click();
    await page.getByLabel("ENTRA_API_AUDIENCE").fill("22222222-3333-4444-5555-666666666666");
    expect(await explain(token)).toBe("Refused: audience_mismatch");
    expect(await page.locator("#result").textContent()).toContain("The caller gets 401 Unauthorized.");
    expect(await page.locator("#result").textContent()).toContain(`${api.clientId}`);
  });

  it.each([
    ["a Bearer credential", () => `Bearer ${token}`],
    ["a header line in quotes", () => `"Authorization: Bearer ${token}",`],
    ["line breaks around and inside", () => `\n\n${token.replace(/(.{64})/g, "$1\r\n")}\n`],
  ])("accepts %s", async (_name, write) => {
    expect(await explain(write())).toBe("No fault found");
  });

  it.each([
    ["no token", "a.b", "Refused: token_not_compact"],
    [
      "deep nesting",
      `${encode("{}")}.${encode(`{"a":${"[".repeat(9_000)}${"]".repeat(9_000)}}`)}.AA`,
      "Refused: token_not_json",
    ],
    ["markup", `${encode("{}")}.${encode('{"aud":"<img src=x onerror=document.title=1>"}')}.AA`, "Refused: "],
  ])("explains %s", async (_name, text, title) => {
    expect(await explain(text)).toContain(title);
    expect(await page.title()).toBe("Why was I refused? | entra-gate");
    expect(await page.locator("#result img").count()).toBe(0);
  });

  it("makes no request, and its policy allows none", async () => {
    await explain(token);
    const policy = await page.locator("meta[http-equiv]").getAttribute("content");
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-\S+'; style-src 'sha256-\S+'; base-uri 'none'/);
    const tried = await page.evaluate(async () => {
      const image = await new Promise((resolve) => {
        const element = new Image();
        element.onload = () => resolve("loaded");
        element.onerror = () => resolve("blocked");
        element.src = "/image.png";
      });
      return [image, await fetch("/").then(String, () => "blocked")];
    });
    expect(tried).toEqual(["blocked", "blocked"]);
    expect(requested).toEqual(["/"]);
  });

  it("keeps nothing: no storage, no address, and nothing after the page is left", async () => {
    await explain(token);
    const kept = await page.evaluate(async () => [
      ...[localStorage.length, sessionStorage.length, document.cookie, location.href, (await caches.keys()).length],
      (await indexedDB.databases()).length,
    ]);
    expect(kept).toEqual([0, 0, "", `${server.url}/`, 0, 0]);
    await page.evaluate(() => dispatchEvent(new PageTransitionEvent("pagehide")));
    expect(await page.locator("#token").inputValue()).toBe("");
    expect(await page.locator("#result").textContent()).toBe("");
  });

  it("works with the keyboard alone", async () => {
    const focused = () => page.evaluate(() => document.activeElement?.id);
    for (let presses = 0; presses < 20 && (await focused()) !== "token"; presses++) await page.keyboard.press("Tab");
    await page.keyboard.insertText(token);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe("No fault found");
  });

  it("is readable on a phone and in dark mode", async () => {
    await page.getByText("Variables of your gate").click();
    await explain(`Bearer ${token}`);
    expect(await findFlaws(page)).toEqual([]);
  });
});
