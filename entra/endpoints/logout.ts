import type { Context, Hono } from "hono";
import { html } from "hono/html";
import { decodeJwt } from "jose";
import { isShallowJose } from "../../src/cli-exports/text.ts";
import { findPlatform } from "../clients/redirect-uri.ts";
import type { Directory } from "../directory/model.ts";
import type { Session, Sessions } from "../tokens/session.ts";
import { readForm, readQuery } from "./form.ts";
import { renderBarePage, renderMessagePage } from "./pages.ts";
import { promptHeaders } from "./respond.ts";
import { readSessionId } from "./session-cookie.ts";

/**
 * Ends the session of the browser, tells the clients that got tokens in it through frames, and redirects to a
 * registered URI of the client.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request
 */
export function addLogoutEndpoint(app: Hono, directory: Directory, sessions: Sessions): void {
  for (const path of ["/:tenant/oauth2/v2.0/logout", "/:tenant/oauth2/logout"]) {
    app.get(path, (c) => signOut(c, readQuery(c.req.raw), directory, sessions));
    app.post(path, async (c) => signOut(c, await readForm(c.req.raw), directory, sessions));
  }
}

function signOut(
  c: Context,
  parameters: URLSearchParams,
  directory: Directory,
  sessions: Sessions,
): Response | Promise<Response> {
  const id = readSessionId(c);
  const session = sessions.find(id);
  sessions.end(id, findHinted(directory, session, parameters.get("logout_hint")));
  const target = findTarget(directory, session, parameters);
  const frames = listFrames(directory, session, c);
  if (frames.length > 0) return c.html(renderFrames(frames, target), 200, { "Cache-Control": "no-store" });
  if (target !== undefined) return c.redirect(target, 302);
  return c.html(renderMessagePage("You signed out of your account", "Close all browser windows."), 200, promptHeaders);
}

/** The user whom the hint names; all users without one. */
function findHinted(directory: Directory, session: Session | undefined, hint: string | null): string | undefined {
  if (hint === null) return undefined;
  return session?.signIns.find(({ persona }) => directory.findUser(persona)?.username === hint)?.persona;
}

/** `post_logout_redirect_uri`, if the client of `id_token_hint`, or one of the session, has registered it. */
function findTarget(
  directory: Directory,
  session: Session | undefined,
  parameters: URLSearchParams,
): string | undefined {
  const uri = parameters.get("post_logout_redirect_uri");
  if (uri === null) return undefined;
  const clientIds = [
    readAudience(parameters.get("id_token_hint")),
    parameters.get("client_id"),
    ...(session?.clientIds ?? []),
  ];
  const isRegistered = clientIds.some((clientId) => {
    const client = directory.findApp(clientId ?? "");
    return client !== undefined && findPlatform(client, uri) !== undefined;
  });
  if (!isRegistered) return undefined;
  const state = parameters.get("state");
  const target = new URL(uri);
  if (state !== null) target.searchParams.set("state", state);
  return target.href;
}

function readAudience(idToken: string | null): string | undefined {
  if (idToken === null || !isShallowJose(idToken)) return undefined;
  try {
    return String(decodeJwt(idToken).aud);
  } catch {
    return undefined;
  }
}

/** Addresses of the clients' front-channel logout (OpenID Connect Front-Channel Logout section 2). */
function listFrames(directory: Directory, session: Session | undefined, c: Context): readonly string[] {
  return [...(session?.clientIds ?? [])].flatMap((clientId) => {
    const logoutUrl = directory.findApp(clientId)?.logoutUrl;
    if (logoutUrl === undefined) return [];
    const url = new URL(logoutUrl);
    url.searchParams.set("iss", new URL(c.req.url).origin);
    url.searchParams.set("sid", session!.sid);
    return [url.href];
  });
}

/** The page goes on after a second, whether the frames have loaded or not. */
function renderFrames(frames: readonly string[], target: string | undefined) {
  return renderBarePage(
    "Signing out",
    html`${target === undefined ? "" : html`<meta http-equiv="refresh" content="1; url=${target}" />`}
      <p>You signed out of your account.</p>
      ${frames.map((frame) => html`<iframe hidden title="Sign-out of a client" src="${frame}"></iframe>`)}`,
  );
}
