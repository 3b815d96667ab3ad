// Runtimes: workerd
import { afterAll, describe, expect, it } from "vitest";
import { serve } from "../../../../../cli/common/loopback.ts";
import { chromiumPath, openPage, startBrowser } from "../../../../support/browser.ts";
import { challenge } from "../../../../support/mcp/own-callback.ts";
import { startMcpWorld } from "../../../../support/mcp/world.ts";

const world = await startMcpWorld("test/gates/mcp-any-host.ts");
const { gateUrl } = world.stack;
/** The client's own server on this computer. */
const client = await serve((_, response) => response.setHeader("content-type", "text/plain").end("back at the client"));
const redirectUri = `${client.url}/callback`;
const browser = await startBrowser();
afterAll(async () => {
  await Promise.all([browser.close(), world.stack.stop(), client.stop()]);
});

async function register(): Promise<string> {
  const body = JSON.stringify({ client_name: "My <b>App</b>", redirect_uris: [redirectUri] });
  const response = await fetch(`${gateUrl}/register`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  return ((await response.json()) as { client_id: string }).client_id;
}

async function open(options: Parameters<typeof openPage>[1] = {}) {
  const page = await openPage(browser, { viewport: { width: 390, height: 844 }, ...options });
  const parameters = { response_type: "code", client_id: await register(), redirect_uri: redirectUri, state: "s" };
  await page.goto(
    `${gateUrl}/authorize?${new URLSearchParams({ ...parameters, code_challenge: challenge, code_challenge_method: "S256" })}`,
  );
  return page;
}

describe.skipIf(chromiumPath === undefined)("the page for consent in Chromium", () => {
  it("fits 390 pixels, shows names as text, and has its parts in order for a screen reader", async () => {
    const page = await open();
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(390);
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe(
      "My <b>App</b> wants to use Orders as you",
    );
    expect(await page.getByRole("heading", { level: 2 }).allTextContents()).toEqual([
      "Where your sign-in goes",
      "What it may do",
    ]);
    expect(await page.getByRole("note").textContent()).toContain("any program on this computer can receive it");
    expect(await page.getByRole("button").allTextContents()).toEqual(["Allow", "Deny"]);
    await page.close();
  });

  it.each(["light", "dark"] as const)("has enough contrast in the %s scheme", async (colorScheme) => {
    const page = await open({ colorScheme });
    const contrasts = await page.evaluate(`[...document.querySelectorAll("h1, p, .warning, button")].map((element) => {
      const backOf = (each) => each === null ? "rgb(255, 255, 255)" : getComputedStyle(each).backgroundColor === "rgba(0, 0, 0, 0)" ? backOf(each.parentElement) : getComputedStyle(each).backgroundColor;
      const light = (color) => {
        const [r, g, b] = color.match(/\\d+/g).map((value) => value / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const both = [light(getComputedStyle(element).color), light(backOf(element))];
      return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
    })`);
    expect(Math.min(...(contrasts as number[]))).toBeGreaterThan(4.5);
    await page.close();
  });

  it("is used with the keyboard, and leads back to the client through Entra", async () => {
    const page = await open();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Allow");
    await page.keyboard.press("Enter");
    await page.getByText("Local Member").click();
    await page.waitForURL(`${redirectUri}?**`);
    const { searchParams } = new URL(page.url());
    expect([searchParams.get("state"), searchParams.get("iss"), searchParams.get("error")]).toEqual([
      "s",
      gateUrl,
      null,
    ]);
    expect(searchParams.get("code")).toMatch(/^eyJ/);
    expect((await page.context().cookies(gateUrl)).filter(({ name }) => name.startsWith("entra-gate-"))).toEqual([]);
    await page.close();
  });

  it("leads back to the client with access_denied", async () => {
    const page = await open();
    await page.getByRole("button", { name: "Deny" }).click();
    await page.waitForURL(`${redirectUri}?**`);
    expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
    await page.close();
  });

  it("does nothing if a page of another site posts its form", async () => {
    const page = await open();
    const request = await page.locator('input[name="request"]').getAttribute("value");
    await page.goto(redirectUri);
    await page.setContent(
      `<form method="post" action="${gateUrl}/oauth/callback/consent"><input name="request" value="${request}"><button name="decision" value="allow">Go</button></form>`,
    );
    await page.getByRole("button").click();
    await page.getByText("The sign-in cannot go on").waitFor();
    expect(page.url()).toBe(`${gateUrl}/oauth/callback/consent`);
    await page.close();
  });
});
