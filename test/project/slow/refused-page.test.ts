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
    expect(text).toContain("Not compared, because these fields are empty: ENTRA_TENANT_ID");
    expect(text).toContain(tenants.contoso.id);
  });

  it("compares the token with the variables in the fields", async () => {
    await page.getByText("What the API expects").click();
    await page.getByLabel("ENTRA_API_AUDIENCE").fill("22222222-3333-4444-5555-666666666666");
    expect(await explain(token)).toBe("Refused: audience_mismatch");
    expect(await page.locator("#result").textContent()).toContain("The caller gets 401 Unauthorized.");
    expect(await page.locator("#result").textContent()).toContain(`${api.clientId}`);
  });

  it("shows no check as passed that compares the token with itself", async () => {
    await explain(token);
    const compared = await page.locator(".checks li", { hasText: "not compared" }).locator("b").allTextContents();
    expect(compared).toEqual(expect.arrayContaining(["allowed tenant", "audience", "scopes"]));
    await page.getByText("What the API expects").click();
    await page.getByLabel("ENTRA_API_AUDIENCE").fill(api.clientId);
    await explain(token);
    expect(await page.locator(".checks li", { hasText: /audience, passed/ }).count()).toBe(1);
  });

  it.each(["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"])(
    "refuses a token for Graph without any variable: %s",
    async (aud) => {
      const forGraph = await createEntra().issueAccessToken({ persona: "member", claims: { aud } });
      expect(await explain(forGraph)).toBe("Refused: audience_mismatch");
      const text = await page.locator("#result").textContent();
      expect(text).toContain("The token is for Microsoft Graph");
      expect(text).not.toContain("✓ audience");
    },
  );

  it.each([
    [
      "a code of Entra",
      "invalid_client: AADSTS7000218: The request",
      "An error of Entra",
      "/reference/entra-errors#aadsts7000218",
    ],
    ["a reason", "scope_missing", "A reason code", "/reference/reasons#scope_missing"],
    [
      "a line of the log",
      '{"event":"refused","reason":"expired"}',
      "A line of the gate's log",
      "/reference/reasons#expired",
    ],
    [
      "a challenge",
      'Bearer realm="", error="invalid_token"',
      "A response of the gate",
      "/reference/responses#what-a-client-should-do",
    ],
    [
      "an instance",
      "urn:uuid:34274682-f8bc-48cc-93dd-0bf9f87eacef",
      "The instance of a response",
      "/how-to/troubleshoot",
    ],
    ["a command", "curl https://api.contoso.example/orders", "A command", "/how-to/troubleshoot"],
  ])("recognizes %s, and opens its page in a new tab", async (_name, text, title, link) => {
    expect(await explain(text)).toBe(title);
    expect(await page.locator("#result").textContent()).not.toMatch(/opaque|signature|not reached/);
    const more = page.getByRole("link", { name: "More about this cause" });
    expect([await more.getAttribute("href"), await more.getAttribute("target")]).toEqual([link, "_blank"]);
    expect(await more.getAttribute("rel")).toContain("noopener");
  });

  it("leads to the page of the reason first, and lists no check that was not reached", async () => {
    await explain("EwB4A8l6BAAU");
    const links = await page.locator("#result a").evaluateAll((all) => all.map((each) => each.getAttribute("href")));
    expect(links[0]).toBe("/reference/reasons#token_not_compact");
    expect(await page.locator(".checks li").count()).toBeLessThan(5);
  });

  it.each([
    ["a command line of curl", () => `curl -H 'Authorization: Bearer ${token}' https://api.contoso.example`],
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
    await page.getByText("What the API expects").click();
    await explain(`Bearer ${token}`);
    expect(await findFlaws(page)).toEqual([]);
  });
});
