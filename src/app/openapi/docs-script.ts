import type { DocsPage } from "./docs-page.ts";

export const redirectName = "oauth2-redirect.html";

/** The redirect target of the sign-in. */
export const redirectPage = `<!doctype html>
<html lang="en">
<title>Signed in</title>
<script src="redirect.js"></script>
</html>
`;

/** Passes Entra's answer to the page. Entra's own pages can separate the window from the one that opened it. */
export const redirectScript = `const channel = new BroadcastChannel("entra-gate-sign-in");
channel.postMessage(Object.fromEntries(new URLSearchParams(location.search)));
close();
`;

/**
 * Starts Swagger UI. The button signs a user in by authorization code and PKCE (RFC 7636), for all schemes and scopes of
 * the document. A second press signs out. The refusals of an operation are folded. The page selects the dark style of
 * Swagger UI.
 */
export function writeStart({ document, clientId }: DocsPage): string {
  const settings = {
    url: document,
    dom_id: "#ui",
    // A keyboard cannot reach a link inside a button.
    deepLinking: false,
    validatorUrl: null,
    // Otherwise a link to the page could select another document, and send the token to another host.
    queryConfigEnabled: false,
  };
  return `const clientId = ${JSON.stringify(clientId)};
const redirect = new URL("${redirectName}", document.currentScript.src).href;
const [bar, button, failure] = ["#bar", "#sign-in", "#failure"].map((id) => document.querySelector(id));
const dark = matchMedia("(prefers-color-scheme: dark)");
const paint = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", paint);
paint();
if (typeof SwaggerUIBundle === "undefined") document.querySelector("#missing").hidden = false;
else start();

function start() {
  const ui = SwaggerUIBundle({ ...${JSON.stringify(settings)}, plugins: [foldRefusals], onComplete });
  const { authActions, authSelectors, specSelectors } = ui.getSystem();
  const signedIn = () => [...(authSelectors.authorized()?.keys() ?? [])];
  const flows = () =>
    Object.entries(specSelectors.specJson().toJS().components?.securitySchemes ?? {}).flatMap(([name, { flows }]) =>
      flows?.authorizationCode ? [{ name, ...flows.authorizationCode }] : [],
    );
  let pending;

  function listScopes() {
    const all = [...new Set(flows().flatMap(({ scopes }) => Object.keys(scopes)))];
    const named = all.filter((scope) => !scope.endsWith("/.default"));
    // Entra refuses .default beside other scopes.
    return named.length > 0 ? named : all;
  }

  function onComplete() {
    bar.hidden = flows().length === 0;
  }

  ui.getStore().subscribe(() => {
    button.textContent = signedIn().length > 0 ? "Sign out" : "Sign in";
  });

  button.addEventListener("click", () => {
    show("");
    if (signedIn().length > 0) authActions.logout(signedIn());
    else open().catch((error) => show(error.message));
  });

  async function open() {
    // Before the first await: browsers open a window only while they handle a press.
    const popup = window.open("", "_blank", "popup,width=520,height=680");
    if (popup === null) throw new Error("The browser did not open a window. Allow pop-ups for this page.");
    const [state, verifier] = [createRandom(), createRandom()];
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    pending = { state, verifier };
    popup.location = flows()[0].authorizationUrl + "?" + new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirect,
      scope: listScopes().join(" "),
      state,
      code_challenge: encode(new Uint8Array(digest)),
      code_challenge_method: "S256",
    });
  }

  new BroadcastChannel("entra-gate-sign-in").addEventListener("message", ({ data }) => {
    if (pending?.state === data.state) finish(data).catch((error) => show(error.message));
  });

  async function finish({ code, error_description: refusal }) {
    const { verifier } = pending;
    pending = undefined;
    if (code === undefined) throw new Error(refusal ?? "Entra returned no code.");
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      client_id: clientId,
      redirect_uri: redirect,
      code,
      code_verifier: verifier,
    });
    const response = await fetch(flows()[0].tokenUrl, { method: "POST", body });
    const token = await response.json();
    if (!response.ok) throw new Error(token.error_description);
    for (const { name } of flows()) authActions.authorizeOauth2({ auth: { name, schema: { type: "oauth2" } }, token });
  }
}

function show(message) {
  failure.textContent = message;
  failure.hidden = message === "";
}

function createRandom() {
  return encode(crypto.getRandomValues(new Uint8Array(32)));
}

function encode(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// Each operation has up to a dozen refusals, which would be most of the page.
function foldRefusals({ React }) {
  const isRefusal = (_response, code) => !/^[123]/.test(code);
  const responses = (Original) => (props) => {
    const [isOpen, setOpen] = React.useState(false);
    const refusals = props.responses.filter(isRefusal);
    const shown = isOpen ? props.responses : props.responses.filterNot(isRefusal);
    const text = (isOpen ? "Hide" : "Show") + " refusals: " + [...refusals.keys()].join(", ");
    const attributes = { type: "button", className: "refusals", "aria-expanded": isOpen, onClick: () => setOpen(!isOpen) };
    return React.createElement(
      React.Fragment,
      null,
      React.createElement(Original, { ...props, responses: shown }),
      refusals.size > 0 && React.createElement("button", attributes, text),
    );
  };
  return { wrapComponents: { responses } };
}
`;
}
