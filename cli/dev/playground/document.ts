import { html } from "hono/html";
import { api } from "../../../entra/directory/directory.ts";
import { playgroundFaults } from "../../../entra/server/faults.ts";
import { methods } from "../../../src/cli-exports/policy.ts";
import type { People } from "./people.ts";
import { type RouteChoice, writeFragment } from "./routes.ts";
import type { Choices } from "./token.ts";

type Html = ReturnType<typeof html>;

/** An entry of a list to choose from. */
interface Choice {
  readonly value: string;
  readonly label: string;
  /** Attributes with which the script offers only what fits the other choices. */
  readonly data?: Html;
}

const versions: readonly Choice[] = [
  { value: "2", label: "2.0" },
  { value: "1", label: "1.0" },
];

/** What the form has to choose from. */
export interface Offer {
  readonly routes: readonly RouteChoice[];
  /** Why the routes are unknown. */
  readonly problem?: string | undefined;
  /** The authorities, `default` first. */
  readonly people: readonly People[];
  /** Names that the gate's routes require, in addition to those of the local API. */
  readonly wanted: Readonly<Record<"scopes" | "roles" | "groups" | "acrs", readonly string[]>>;
  /** With what the form starts. */
  readonly start: Choices;
}

/** Renders the page, with all choices that the local Entra offers. */
export function renderDocument(offer: Offer): Html {
  return renderPage(
    "Playground",
    html`<header>
        <h1>Playground</h1>
        <p>A local Entra, the gate and a sample origin, all on this machine. The people are invented.</p>
      </header>
      <main>
        <div class="side">${renderRoutes(offer)} ${renderForm(offer)}</div>
        <section id="result" aria-labelledby="result-title">
          <h2 id="result-title" tabindex="-1">Nothing sent yet</h2>
          <p>Choose a route, who calls and what is wrong with the token, then send the request.</p>
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

/** Each route is a link that fills the form, as a link from elsewhere does. */
function renderRoutes({ routes, problem, people }: Offer): Html {
  return html`<nav aria-labelledby="routes-title">
    <h2 id="routes-title">Routes</h2>
    ${routes.length === 0 ? html`<p class="sentence">${problem ?? "The worker declares no routes."}</p>` : ""}
    <ul tabindex="0" aria-labelledby="routes-title">
      ${routes.map(
        ({ name, callers, choices }) =>
          html`<li>
            <a href="${writeFragment(choices)}"><code>${name}</code></a>
            <small
              >${callers}${people.length > 1 && choices.fault === "none" ? `; token of ${choices.authority}` : ""}</small
            >
          </li>`,
      )}
    </ul>
  </nav>`;
}

function renderForm({ people, wanted, start }: Offer): Html {
  const { scopes, roles, groups, acrs } = wanted;
  return html`<form id="trial" aria-label="Request" autocomplete="off">
    <fieldset>
      <legend>Who calls</legend>
      <div ${people.length === 1 ? html`hidden` : ""}>
        ${renderSelect("authority", "Authority", listAuthorities(people), start.authority)}
      </div>
      ${renderPersonas(people, start.persona)}
      ${renderSelect("client", "Client application", listClients(people), start.client)}
      ${renderSelect("tenant", "Tenant", listTenants(people), start.tenant)}
    </fieldset>
    <fieldset>
      <legend>What the token says</legend>
      ${renderChecks("scopes", "Scopes", join(api.scopes, scopes), start.scopes)}
      ${renderChecks("roles", "App roles", join(api.appRoles, roles), start.roles)}
      ${groups.length > 0 ? renderChecks("groups", "Groups (if none is checked, the user's own)", join(groups), start.groups) : ""}
      <div class="row">
        ${renderSelect("version", "Version", versions, String(start.version))}
        ${renderChecks("acrs", "Authentication context", join(["c1"], acrs), start.acrs)}
      </div>
      ${renderSelect("fault", "Fault of the token", listFaults(), start.fault)}
    </fieldset>
    <fieldset>
      <legend>What is called</legend>
      <div class="row">
        ${renderSelect("method", "Method", listMethods(), start.method)}
        <div class="field grows">
          <label for="path">Path</label>
          <input id="path" name="path" value="${start.path}" required pattern="${pathPattern}" spellcheck="false" />
        </div>
      </div>
      <div class="field">
        <label for="body">Body, in JSON</label>
        <textarea id="body" name="body" rows="3" spellcheck="false">
${start.body}</textarea
        >
      </div>
    </fieldset>
    <p id="ignored" class="sentence" hidden></p>
    <button type="submit">Send the request</button>
  </form>`;
}

/** A path of the gate: two slashes, or a slash and a backslash, would begin the name of another host. */
const pathPattern = String.raw`/(?![\/\\]).*`;

function renderSelect(name: string, label: string, choices: readonly Choice[], chosen: string): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${renderOptions(choices, chosen)}
    </select>
  </div>`;
}

function renderOptions(choices: readonly Choice[], chosen: string): readonly Html[] {
  return choices.map(
    ({ value, label, data = html`` }) =>
      html`<option value="${value}" ${data} ${value === chosen ? html`selected` : ""}>${label}</option>`,
  );
}

/** The script replaces the sentence when another persona is chosen. */
function renderPersonas(people: readonly People[], chosen: string): Html {
  const choices = people.flatMap(({ authority, personas }) =>
    personas.map(({ shortName, name, sentence }) => ({
      value: shortName,
      label: name,
      data: html`data-authority="${authority}" data-sentence="${sentence}"`,
    })),
  );
  return html`<div class="field">
    <label for="persona">Persona</label>
    <select id="persona" name="persona" aria-describedby="persona-sentence">
      ${renderOptions(choices, chosen)}
    </select>
    <p id="persona-sentence" class="sentence"></p>
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

function join(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}

function listAuthorities(people: readonly People[]): readonly Choice[] {
  return people.map(({ authority }) => ({ value: authority, label: authority }));
}

function listClients(people: readonly People[]): readonly Choice[] {
  return people.flatMap(({ authority, clients }) =>
    clients.map(({ shortName, name, hasSecret }) => ({
      value: shortName,
      label: name,
      data: html`data-authority="${authority}" ${hasSecret ? "" : html`data-needs-user`}`,
    })),
  );
}

function listTenants(people: readonly People[]): readonly Choice[] {
  const own: Choice = { value: "", label: "The persona's tenant" };
  const others = people.flatMap(({ authority, tenants }) =>
    tenants.map(({ shortName, name }) => ({
      value: shortName,
      label: name,
      data: html`data-authority="${authority}"`,
    })),
  );
  return [own, ...others];
}

function listMethods(): readonly Choice[] {
  return methods.map((method) => ({ value: method, label: method }));
}

function listFaults(): readonly Choice[] {
  return Object.entries(playgroundFaults).map(([value, { title, ...fault }]) => ({
    value,
    label: title,
    ...("instead" in fault && fault.instead === "id-token" && { data: html`data-needs-user` }),
  }));
}
