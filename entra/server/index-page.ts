import { html } from "hono/html";
import type { Directory, DirectoryApp, DirectoryTenant, DirectoryUser } from "../directory/model.ts";
import { renderPage } from "../endpoints/pages.ts";
import { faultRequests } from "../faults.ts";

type Html = ReturnType<typeof html>;

/** PKCE of the links to the sign-in: the verifier is public, as everything here. */
const challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/**
 * Renders the page that lists the directory, with links to sign in and lines for a shell.
 *
 * @param origin origin of the server, which is the authority of its tenants
 */
export function renderIndexPage(origin: string, directory: Directory): Html {
  const { tenants, users, apps } = directory;
  const lines = [
    `curl "${origin}/local/token"`,
    `curl "${origin}/local/token?fault=expired"`,
    ...apps.flatMap((app) => formatClientLine(origin, app, apps) ?? []).slice(0, 3),
  ];
  return renderPage(
    "Local Entra",
    html`<p>Never put it on a network: it issues a token to every caller.</p>
      <p><a href="/local/playground/">The playground</a> sends requests to a gate and explains the answers.</p>
      <h2>Tenants</h2>
      <ul>${tenants.map((tenant) => renderTenant(origin, tenant))}</ul>
      <h2>Users</h2>
      <ul>${users.map(renderUser)}</ul>
      <h2>Apps</h2>
      <ul>${apps.map((app) => renderApp(origin, app))}</ul>
      <h2>Requests</h2>
      <p>A link of an app signs in, and its redirect URI gets the code. Its PKCE verifier is <code>${verifier}</code>.</p>
      <pre>${lines.join("\n")}</pre>
      <h2>Failures on demand</h2>
      <pre>${Object.entries(faultRequests)
        .map(([name, { example }]) => formatFaultLine(origin, name, example))
        .join("\n")}</pre>
      <h2>State</h2>
      <p>
        <a href="/local/keys">Keys</a>, <a href="/local/outages">outages</a> and
        <a href="/local/counts">counts of requests</a>.
      </p>`,
  );
}

function formatFaultLine(origin: string, name: string, example: object): string {
  return `curl -d '${JSON.stringify(example)}' ${origin}/local/faults/${name}`;
}

function renderTenant(origin: string, { id, shortName, name, domain, kind }: DirectoryTenant): Html {
  return html`<li>
    <b>${shortName}</b> ${name}, ${kind}, <code>${domain}</code>
    <small><a href="/${id}/v2.0/.well-known/openid-configuration">${origin}/${id}/v2.0</a></small>
  </li>`;
}

function renderUser({ shortName, name, username, tenant, homeTenant, mfa }: DirectoryUser): Html {
  const kind = tenant.id === homeTenant.id ? "member" : `guest from ${homeTenant.shortName}`;
  return html`<li>
    <b>${shortName}</b> ${name}, ${kind} of ${tenant.shortName}${mfa ? ", with MFA" : ""}
    <small><code>${username}</code></small>
  </li>`;
}

function renderApp(origin: string, app: DirectoryApp): Html {
  const { shortName, name, clientId, redirectUris, scopes, appRoles, blueprint } = app;
  const uris = Object.values(redirectUris).flat();
  return html`<li>
    <b>${shortName}</b> ${name}${blueprint === undefined ? "" : ", an agent"} <small><code>${clientId}</code></small>
    ${scopes.length === 0 ? "" : html`<small>Scopes: ${scopes.map((scope) => scope.name).join(", ")}</small>`}
    ${appRoles.length === 0 ? "" : html`<small>App roles: ${appRoles.join(", ")}</small>`}
    ${uris.map((uri) => html`<small><a href="${formatSignIn(origin, app, uri)}">Sign in to ${uri}</a></small>`)}
  </li>`;
}

function formatSignIn(origin: string, { tenant, clientId }: DirectoryApp, redirectUri: string): string {
  const query = new URLSearchParams({
    client_id: clientId,
    response_type: "code",
    redirect_uri: redirectUri,
    scope: "openid profile offline_access",
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  return `${origin}/${tenant.id}/oauth2/v2.0/authorize?${query}`;
}

/** A request for a token with client credentials, for the first API of which the client has a role. */
function formatClientLine(
  origin: string,
  { tenant, clientId, secrets, permissions }: DirectoryApp,
  apps: readonly DirectoryApp[],
): string | undefined {
  const api = apps.find((app) => permissions[app.clientId] !== undefined);
  const [secret] = secrets;
  const [uri] = api?.appIdUris ?? [];
  if (secret === undefined || uri === undefined) return undefined;
  const form = {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: secret,
    scope: `${uri}/.default`,
  };
  const options = Object.entries(form).map(([name, value]) => `-d ${name}=${value}`);
  return `curl ${origin}/${tenant.id}/oauth2/v2.0/token ${options.join(" ")}`;
}
