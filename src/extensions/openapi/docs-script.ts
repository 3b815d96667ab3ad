import { defaultAuthority } from "../../base/common/authority-name.ts";
import type { DocsPage } from "./docs-page.ts";
import { schemeOfAuthority } from "./security.ts";

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
 * Starts Swagger UI. A button signs a user of an authority in by authorization code and PKCE (RFC 7636), for all
 * schemes and scopes that the document has for it. A second press signs out. Only operations with these schemes get the
 * token. The refusals of an operation are folded. The page selects the dark style of Swagger UI.
 */
export function writeStart({ document, clientIds }: DocsPage): string {
  const settings = {
    url: document,
    dom_id: "#ui",
    // A keyboard cannot reach a link inside a button.
    deepLinking: false,
    validatorUrl: null,
    // Otherwise a link to the page could select another document, and send the token to another host.
    queryConfigEnabled: false,
  };
  return `const clientIds = ${JSON.stringify(clientIds)};
const redirect = new URL("${redirectName}", document.currentScript.src).href;
const [bar, failure] = ["#bar", "#failure"].map((id) => document.querySelector(id));
const choices = [...bar.querySelectorAll("button")].map((button) => ({
  button,
  text: button.textContent,
  authority: button.value,
  clientId: clientIds[button.value],
  flows: [],
}));
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
  let pending;

  function listScopes(flows) {
    const all = [...new Set(flows.flatMap(({ scopes }) => Object.keys(scopes)))];
    const named = all.filter((scope) => !scope.endsWith("/.default"));
    // Entra refuses .default beside other scopes.
    return named.length > 0 ? named : all;
  }

  function onComplete() {
    const schemes = Object.entries(specSelectors.specJson().toJS().components?.securitySchemes ?? {});
    for (const choice of choices) {
      choice.flows = schemes.flatMap(([name, { flows }]) =>
        flows?.authorizationCode && findAuthority(name) === choice.authority ? [{ name, ...flows.authorizationCode }] : [],
      );
    }
    bar.hidden = choices.every(({ flows }) => flows.length === 0);
    showButtons();
  }

  // One caller at a time, so that it is clear whose token a request has.
  function showButtons() {
    for (const { button, text, flows } of choices) {
      const isOwn = flows.some(({ name }) => signedIn().includes(name));
      button.textContent = isOwn ? "Sign out" : text;
      button.hidden = flows.length === 0 || (signedIn().length > 0 && !isOwn);
    }
  }

  ui.getStore().subscribe(showButtons);

  for (const choice of choices) {
    choice.button.addEventListener("click", () => {
      show("");
      if (signedIn().length > 0) authActions.logout(signedIn());
      else open(choice).catch((error) => show(error.message));
    });
  }

  async function open({ clientId, flows }) {
    // Before the first await: browsers open a window only while they handle a press.
    const popup = window.open("", "_blank", "popup,width=520,height=680");
    if (popup === null) throw new Error("The browser did not open a window. Allow pop-ups for this page.");
    const [state, verifier] = [createRandom(), createRandom()];
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    pending = { state, verifier, clientId, flows };
    popup.location = flows[0].authorizationUrl + "?" + new URLSearchParams({
      client_id: clientId,
      response_type: "code",
      redirect_uri: redirect,
      scope: listScopes(flows).join(" "),
      state,
      code_challenge: encode(new Uint8Array(digest)),
      code_challenge_method: "S256",
    });
  }

  new BroadcastChannel("entra-gate-sign-in").addEventListener("message", ({ data }) => {
    if (pending?.state === data.state) finish(data).catch((error) => show(error.message));
  });

  async function finish({ code, error_description: refusal }) {
    const { verifier, clientId, flows } = pending;
    pending = undefined;
    if (code === undefined) throw new Error(refusal ?? "Entra returned no code.");
    const body = new URLSearchParams({
      grant_type: "authorization_code",
      client_id: clientId,
      redirect_uri: redirect,
      code,
      code_verifier: verifier,
    });
    const response = await fetch(flows[0].tokenUrl, { method: "POST", body });
    const token = await response.json();
    if (!response.ok) throw new Error(token.error_description);
    for (const { name } of flows) authActions.authorizeOauth2({ auth: { name, schema: { type: "oauth2" } }, token });
  }
}

function findAuthority(scheme) {
  return ${schemeOfAuthority}.exec(scheme)?.[1] ?? ${JSON.stringify(defaultAuthority)};
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
