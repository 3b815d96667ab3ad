// @azure/msal-browser, unmodified, in Chromium that trusts the authority and ignores no error.
import path from "node:path";
import { build } from "esbuild";
import { decodeJwt } from "jose";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LoopbackServer, serveFetch } from "../../../../cli/common/loopback.ts";
import { createServerIdentity } from "../../../../cli/entra/authority-files.ts";
import { api, personas, tenants } from "../../../../entra/testing.ts";
import { certutilPath, chromiumPath, openPage, startTrustingBrowser } from "../../../support/browser.ts";
import { type HttpsEntra, startHttpsEntra } from "../support/https-entra.ts";

const request = { scopes: [`${api.appIdUri}/access_as_user`] };

/** Makes a script for a page of what a module of the package exports. */
async function bundle(statement: string): Promise<string> {
  const stdin = { contents: statement, resolveDir: import.meta.dirname };
  const { outputFiles } = await build({ stdin, bundle: true, format: "iife", write: false, logLevel: "error" });
  return outputFiles[0]!.text;
}

/** The redirect URIs are registered before the page's server starts. */
async function findFreePort(): Promise<number> {
  const server = await serveFetch(() => new Response());
  await server.stop();
  return Number(new URL(server.url).port);
}

describe.skipIf(chromiumPath === undefined || certutilPath === undefined)(
  "@azure/msal-browser in Chromium with libnss3-tools",
  () => {
    let local: HttpsEntra;
    let app: LoopbackServer;
    let appUrl: string;
    let browser: Browser;
    let page: Page;

    beforeAll(async () => {
      const script = await bundle('import * as msal from "@azure/msal-browser"; globalThis.msal = msal;');
      const bridge = await bundle(
        'import { broadcastResponseToMainFrame } from "@azure/msal-browser/redirect-bridge"; broadcastResponseToMainFrame();',
      );
      const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
        "/": ["text/html", "<!doctype html><title>App</title><script src=msal.js></script>"],
        "/msal.js": ["text/javascript", script],
        "/redirect.html": ["text/html", "<!doctype html><title>Redirect</title><script src=bridge.js></script>"],
        "/bridge.js": ["text/javascript", bridge],
      };
      const port = await findFreePort();
      appUrl = `https://localhost:${port}`;
      local = await startHttpsEntra({
        apps: { page: { redirectUris: { spa: [`${appUrl}/redirect.html`, `${appUrl}/`] } } },
      });
      // A page of http would be of another site, whose frames get no cookies.
      const tls = await createServerIdentity(path.dirname(local.certificate), Math.floor(Date.now() / 1_000));
      const answer = ({ url }: Request) => {
        const [type = "text/plain", text = ""] = files[new URL(url).pathname] ?? [];
        return new Response(text, { headers: { "Content-Type": type } });
      };
      app = await serveFetch(answer, port, tls);
      browser = await startTrustingBrowser(local.certificate);
    });
    afterAll(async () => {
      await browser?.close();
      await app?.stop();
      await local?.stop();
    });

    beforeEach(async () => {
      page = await openPage(browser);
      await open();
    });
    afterEach(() => page.context().close());

    /** Opens the app's page, and creates the client there. */
    async function open(): Promise<void> {
      await page.goto(`${appUrl}/`);
      await create();
    }

    async function create(): Promise<void> {
      const clientId = local.entra.directory.findApp("page")!.clientId;
      const authority = `${local.url}/${tenants.contoso.id}`;
      const auth = { clientId, authority, knownAuthorities: [local.host], redirectUri: `${appUrl}/redirect.html` };
      await page.evaluate(async (options) => {
        const { msal } = globalThis as unknown as { msal: typeof import("@azure/msal-browser") };
        const client = await msal.createStandardPublicClientApplication({
          auth: options,
          cache: { cacheLocation: "sessionStorage" },
        });
        const handled = await client.handleRedirectPromise();
        Object.assign(globalThis, { client, handled });
      }, auth);
    }

    /** Calls the client in the page. */
    const call = <T>(method: string, argument: object): Promise<T> =>
      page.evaluate(
        ([name, value]) =>
          (globalThis as unknown as { client: Record<string, (value: object) => Promise<T>> }).client[name as string]!(
            value as object,
          ),
        [method, argument] as const,
      );

    interface Result {
      readonly accessToken: string;
      readonly account: { readonly username: string };
    }

    async function signInByPopup(persona: "member" | "admin"): Promise<Result> {
      const [popup, result] = await Promise.all([
        page.waitForEvent("popup").then(async (opened) => {
          await opened.getByRole("button", { name: personas[persona].name }).click();
          return opened;
        }),
        call<Result>("loginPopup", request),
      ]);
      expect(popup.isClosed()).toBe(true);
      return result;
    }

    it("signs in by a redirect, and back through the bridge page", async () => {
      await call("loginRedirect", request).catch(() => undefined);
      await page.getByRole("button", { name: personas.member.name }).click();
      await page.waitForURL(`${appUrl}/`);
      await create();
      const { accessToken } = await page.evaluate(() => (globalThis as unknown as { handled: Result }).handled);
      expect(decodeJwt(accessToken)).toMatchObject({
        oid: personas.member.oid,
        iss: `${local.url}/${tenants.contoso.id}/v2.0`,
      });
    });

    it("signs in by a popup, and renews with the refresh token", async () => {
      const { accessToken, account } = await signInByPopup("admin");
      expect([decodeJwt(accessToken).oid, account.username]).toEqual([personas.admin.oid, personas.admin.username]);
      const renewed = await call<Result>("acquireTokenSilent", { ...request, account, forceRefresh: true });
      expect(renewed.accessToken).not.toBe(accessToken);
    });

    it("signs in silently in a hidden frame, while there is a session", async () => {
      await signInByPopup("member");
      await page.evaluate(() => sessionStorage.clear());
      await open();
      const loginHint = personas.member.username;
      expect(decodeJwt((await call<Result>("ssoSilent", { ...request, loginHint })).accessToken).oid).toBe(
        personas.member.oid,
      );
      local.entra.revoke({ persona: "member" });
      await expect(call("ssoSilent", { ...request, loginHint })).rejects.toThrow(/login_required|AADSTS50058/);
    });

    it("asks the user for the claims of a challenge", async () => {
      const { account } = await signInByPopup("member");
      const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: "c1" } } });
      await expect(call("acquireTokenSilent", { ...request, account, claims })).rejects.toThrow(
        /interaction_required|AADSTS50076/,
      );
      const [, { accessToken }] = await Promise.all([
        page.waitForEvent("popup").then((popup) => popup.getByRole("button", { name: personas.member.name }).click()),
        call<Result>("acquireTokenPopup", { ...request, account, claims }),
      ]);
      expect(decodeJwt(accessToken).acrs).toEqual(["c1"]);
    });

    it("signs out, and the session is over", async () => {
      const { account } = await signInByPopup("member");
      const returned = page.waitForResponse(
        (response) => response.request().isNavigationRequest() && response.url().startsWith(`${appUrl}/`),
      );
      await call("logoutRedirect", { account, postLogoutRedirectUri: `${appUrl}/` }).catch(() => undefined);
      await returned;
      await page.waitForFunction(() => "msal" in globalThis);
      await create();
      const silent = call("ssoSilent", { ...request, loginHint: personas.member.username });
      await expect(silent).rejects.toThrow(/login_required|AADSTS50058/);
    });
  },
);
