import type { Hono } from "hono";
import type { AssertionContext } from "../clients/client-assertion.ts";
import { authenticateClient } from "../clients/client-authentication.ts";
import { refuse } from "../common/error.ts";
import { deviceCodeSeconds, pollSeconds } from "../common/limits.ts";
import { canSignIn, listAccounts, requireSegment } from "../grants/accounts.ts";
import type { GrantParts } from "../grants/grant.ts";
import { formatDefaultScope } from "../grants/scope.ts";
import { readForm } from "./form.ts";
import { renderDevicePage, renderDeviceSignInPage, renderMessagePage } from "./pages.ts";
import { isOfOwnPage, promptHeaders } from "./respond.ts";

/**
 * Serves device codes, and the page on which a user enters one.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code
 */
export function addDeviceEndpoints(app: Hono, parts: GrantParts & AssertionContext): void {
  for (const [path, version] of [
    ["/:tenant/oauth2/v2.0/devicecode", 2],
    ["/:tenant/oauth2/devicecode", 1],
  ] as const) {
    app.post(path, async (c) => {
      const segment = c.req.param("tenant");
      requireSegment(parts.directory, segment);
      const form = await readForm(c.req.raw);
      const { origin, pathname } = new URL(c.req.url);
      const { client } = await authenticateClient(
        form,
        c.req.header("Authorization"),
        origin + pathname,
        segment,
        parts,
      );
      const scope = version === 1 ? formatDefaultScope(form.get("resource") ?? "") : form.get("scope");
      if (!scope) throw refuse("missingParameter", { name: "scope" });
      parts.apis.parseDelegatedScope(scope);
      const { userCode, deviceCode } = parts.deviceCodes.add({ clientId: client.clientId, scope, segment });
      const url = `${origin}/devicelogin`;
      const message = `To sign in, use a web browser to open the page ${url} and enter the code ${userCode} to authenticate.`;
      const answer = {
        user_code: userCode,
        device_code: deviceCode,
        [version === 1 ? "verification_url" : "verification_uri"]: url,
        expires_in: version === 1 ? String(deviceCodeSeconds) : deviceCodeSeconds,
        interval: version === 1 ? String(pollSeconds) : pollSeconds,
        message,
      };
      return c.json(answer, 200, { "Cache-Control": "no-store" });
    });
  }

  app.get("/devicelogin", (c) => c.html(renderDevicePage(), 200, promptHeaders));
  app.post("/devicelogin", async (c) => {
    const form = await readForm(c.req.raw);
    // The page of another site cannot choose for the user.
    if (!isOfOwnPage(c)) return c.html(renderDevicePage(), 200, promptHeaders);
    const userCode = form.get("user_code") ?? "";
    const found = parts.deviceCodes.findPending(userCode);
    const client = parts.directory.findApp(found?.clientId ?? "");
    if (!found || !client) {
      const message = "That code didn't work. Check the code and try again.";
      return c.html(renderDevicePage(message), 400, promptHeaders);
    }
    if (form.get("decision") === "cancel") {
      found.decision = "declined";
      return c.html(renderMessagePage("Canceled", "You can close this window."), 200, promptHeaders);
    }
    const user = parts.directory.findUser(form.get("persona") ?? "");
    if (user === undefined || !canSignIn(parts.directory, found.segment, user)) {
      const page = renderDeviceSignInPage(client.name, userCode, listAccounts(parts.directory, found.segment));
      return c.html(page, 200, promptHeaders);
    }
    found.decision = {
      tenant: user.tenant,
      persona: user.shortName,
      acrs: [],
      hasMultifactor: user.mfa,
      signedInAtSeconds: parts.nowSeconds(),
      epoch: parts.revocations.epoch(),
    };
    const text = `You have signed in to ${client.name} on your device. You may now close this window.`;
    return c.html(renderMessagePage(client.name, text), 200, promptHeaders);
  });
}
