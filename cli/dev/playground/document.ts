import { html } from "hono/html";
import { clients } from "../../../entra/directory/clients.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { type PersonaName, personas } from "../../../entra/directory/personas.ts";
import { playgroundFaults } from "../../../entra/server/faults.ts";
import { listOwnClients } from "./token.ts";

type Html = ReturnType<typeof html>;
type Choice = readonly [value: string, label: string];

const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"].map((method): Choice => [method, method]);
const versions: readonly Choice[] = [
  ["2", "2.0"],
  ["1", "1.0"],
];

/** What is special about each persona. */
const sentences: Readonly<Record<PersonaName, string>> = {
  member: "A member of Contoso without app roles, as most users are.",
  guest: "An account of Fabrikam that is a guest of Contoso. The token is of Contoso, and idp names the home tenant.",
  admin: "A member of Contoso with the app role Orders.Admin, in two groups.",
  "many-groups": "A member of Contoso in more groups than a token can list. The token says that they were left out.",
  outsider: "A member of Fabrikam. A gate of Contoso does not allow this tenant.",
  newcomer:
    "A member of Contoso who has consented to nothing. Entra issues no token for another API on this user's behalf.",
  cautious:
    "A member of Contoso for whom Conditional Access requires the authentication context c1 at every other API.",
  blocked: "A member of Contoso whose access to every other API is blocked by Conditional Access.",
  "agent-user": "The user account of an agent identity. Choose the agent as the client.",
  consumer: "A personal Microsoft account, which belongs to no organization.",
};

/** Scopes, roles and contexts that the gate's routes require, in addition to those of the local API. */
export interface Wanted {
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly acrs: readonly string[];
}

/** Renders the page, with all choices that the local Entra offers. */
export function renderDocument(wanted: Wanted): Html {
  return renderPage(
    "Playground",
    html`<header>
        <h1>Playground</h1>
        <p>A local Entra, the gate and a sample origin, all on this machine. The people are invented.</p>
      </header>
      <main>
        ${renderForm(wanted)}
        <section id="result" aria-labelledby="result-title">
          <h2 id="result-title" tabindex="-1">Nothing sent yet</h2>
          <p>Choose who calls and what is wrong with the token, then send the request.</p>
        </section>
      </main>
      <p id="announcement" class="unseen" role="status"></p>
      <script type="module" src="script.js"></script>`,
  );
}

export function renderPage(title: string, content: Html): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title}: entra-gate</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="style.css" />
      </head>
      <body>
        ${content}
      </body>
    </html>`;
}

function renderForm({ scopes, roles, acrs }: Wanted): Html {
  return html`<form id="trial" aria-label="Request">
    <fieldset>
      <legend>Who calls</legend>
      ${renderPersonas("member")}
      ${renderSelect("client", "Client application", nameAll(clients), "spa")}
      ${renderSelect("tenant", "Tenant", [["", "The persona's tenant"], ...nameAll(tenants)], "")}
    </fieldset>
    <fieldset>
      <legend>What the token says</legend>
      ${renderChecks("scopes", "Scopes", join(api.scopes, scopes), [api.scopes[0]])}
      ${renderChecks("roles", "App roles", join(api.appRoles, roles), [])}
      <div class="row">
        ${renderSelect("version", "Version", versions, "2")}
        ${renderChecks("acrs", "Authentication context", join(["c1"], acrs), [])}
      </div>
      ${renderSelect("fault", "Fault of the token", listFaults(), "none")}
    </fieldset>
    <fieldset>
      <legend>What is called</legend>
      <div class="row">
        ${renderSelect("method", "Method", methods, "GET")}
        <div class="field grows">
          <label for="path">Path</label>
          <input id="path" name="path" value="/orders" required pattern="/.*" autocomplete="off" spellcheck="false" />
        </div>
      </div>
    </fieldset>
    <button type="submit">Send the request</button>
  </form>`;
}

function renderSelect(name: string, label: string, choices: readonly Choice[], chosen: string): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${choices.map(
        ([value, text]) => html`<option value="${value}" ${value === chosen ? html`selected` : ""}>${text}</option>`,
      )}
    </select>
  </div>`;
}

/** The script replaces the sentence when another persona is chosen. */
function renderPersonas(chosen: PersonaName): Html {
  const choices = listPersonas();
  return html`<div class="field">
    <label for="persona">Persona</label>
    <select id="persona" name="persona" aria-describedby="persona-sentence">
      ${choices.map(
        ({ value, label, sentence }) =>
          html`<option value="${value}" data-sentence="${sentence}" ${value === chosen ? html`selected` : ""}>
            ${label}
          </option>`,
      )}
    </select>
    <p id="persona-sentence" class="sentence">${sentences[chosen]}</p>
  </div>`;
}

function renderChecks(name: string, label: string, values: readonly string[], checked: readonly string[]): Html {
  return html`<div class="field" role="group" aria-labelledby="${name}-label">
    <span id="${name}-label" class="label">${label}</span>
    ${values.map(
      (value) =>
        html`<label class="check"
          ><input type="checkbox" name="${name}" value="${value}" ${checked.includes(value) ? html`checked` : ""} />
          <code>${value}</code></label
        >`,
    )}
  </div>`;
}

function join(own: readonly string[], others: readonly string[]): readonly string[] {
  return [...new Set([...own, ...others])];
}

interface PersonaChoice {
  readonly value: string;
  readonly label: string;
  readonly sentence: string;
}

function listPersonas(): readonly PersonaChoice[] {
  const named = Object.entries(personas).map(([value, { name, tenant }]) => ({
    value,
    label: `${name}, ${tenants[tenant].name}`,
    sentence: sentences[value as PersonaName],
  }));
  const sentence = `An application calls with a token of its own. These clients have one: ${listOwnClients()}.`;
  return [...named, { value: "", label: "No user: an application", sentence }];
}

function nameAll(entries: Readonly<Record<string, { readonly name: string }>>): readonly Choice[] {
  return Object.entries(entries).map(([key, { name }]) => [key, name]);
}

function listFaults(): readonly Choice[] {
  return Object.entries(playgroundFaults).map(([key, { title }]) => [key, title]);
}
