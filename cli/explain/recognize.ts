import { type Denial, describeDenial, type Reason } from "../../src/cli-exports/gate.ts";
import { describeReason } from "./diagnose.ts";
import type { Cause } from "./facts/explanation.ts";
import { reasonTexts } from "./reasons.ts";
import { findSignInError } from "./sign-in-errors.ts";

/** Something that a refused caller or an operator has in hand, and that is no token. */
export interface Recognized {
  /** What it is: `A reason code`. */
  readonly what: string;
  readonly cause: Cause;
}

/**
 * Recognizes a text that is no token: an error of Entra, a reason code, a line of the log, a response of the gate, its
 * `instance`, or a command.
 *
 * @returns `undefined` if the text has a token, or is none of these
 */
export function recognize(pasted: string): Recognized | undefined {
  const text = pasted.trim();
  if (tokens.some((token) => token.test(text))) return undefined;
  for (const read of readers) {
    const recognized = read(text);
    if (recognized !== undefined) return recognized;
  }
  return undefined;
}

/** A JWT anywhere, and what begins like one: it can be cut off. */
const tokens = [/(?<![\w-])eyJ[\w-]+\.[\w-]/, /^(?:authorization: *)?(?:bearer +)?["'`]?eyJ/i];

/** From specific to general: the first that recognizes the text decides. */
const readers: readonly ((text: string) => Recognized | undefined)[] = [
  readSignInError,
  readReason,
  readLogLine,
  readResponse,
  readInstance,
  readCommand,
];

function readSignInError(text: string): Recognized | undefined {
  const error = findSignInError(text);
  if (error === undefined) return undefined;
  const { code, cause, fix, source, isListed } = error;
  const link = isListed ? `reference/entra-errors#${code.toLowerCase()}` : source;
  const steps = [`${fix.charAt(0).toUpperCase()}${fix.slice(1)}.`];
  return { what: "An error of Entra", cause: { id: code, title: `${code}: ${cause}`, fix: steps, link } };
}

/** A reason alone, in a line of the log, or as a word that only a reason can be. */
function readReason(text: string): Recognized | undefined {
  const [, logged] = /"reason\\?" *: *\\?"(\w+)/.exec(text) ?? [];
  const words = text.match(/\b[a-z]+_\w+\b/g) ?? [];
  const reason = [logged, text, ...words].find(isReason);
  if (reason === undefined) return undefined;
  return { what: logged === reason ? "A line of the gate's log" : "A reason code", cause: describeReason(reason) };
}

function isReason(word: string | undefined): word is Reason {
  return word !== undefined && Object.hasOwn(reasonTexts, word);
}

/** What a class of responses means, by the `error` of its challenge, or by its status. */
const classes: Readonly<Record<string, Pick<Cause, "title" | "fix">>> = {
  invalid_request: {
    title: "400 `invalid_request`: the credential is malformed, or the request has more than one.",
    fix: ["Send exactly one header `Authorization: Bearer <token>`, and no token in the query, a form or a cookie."],
  },
  invalid_token: {
    title: "401 `invalid_token`: the gate does not accept the token. It tells no caller which check failed.",
    fix: ["Request a new token, with a scope of this API: `api://<client id>/<scope>`.", "Explain the token itself."],
  },
  insufficient_scope: {
    title: "403 `insufficient_scope`: the token is valid, but does not meet the requirement of the route.",
    fix: [
      "If the challenge has `scope`, request a token with these scopes.",
      "Otherwise ask the operator whether the route needs an app role, a group, another client or another tenant.",
    ],
  },
  insufficient_claims: {
    title: "401 `insufficient_claims`: the user has to sign in again.",
    fix: ["Decode `claims` of the challenge from base64, and pass it to MSAL, which signs the user in again."],
  },
  "no-token": {
    title: "401 without an `error`: the request had no bearer token.",
    fix: ["Send `Authorization: Bearer <token>`. Browsers and curl drop the header when they follow a redirect."],
  },
  "400": {
    title: "400: the request is malformed, or its credential is.",
    fix: ["Read `detail` of the response: it says what is wrong."],
  },
  "401": {
    title: "401: the request has no token, or one that the gate does not accept.",
    fix: [
      "Read the header `WWW-Authenticate`: with `invalid_token` there was a token, and without an `error` there was none.",
      "Explain the token itself.",
    ],
  },
  "403": {
    title: "403: the caller may not do this, or the request came over plain HTTP.",
    fix: ["Read `detail` and the header `WWW-Authenticate` of the response, and use https."],
  },
  "404": {
    title: "404: no route has this path, or origins could read the path in two ways.",
    fix: ["Compare the path with the API's documentation, letter by letter. Send no `//`, `/../`, `%2f` or `\\`."],
  },
  "405": { title: "405: the path has no route for this method.", fix: ["Use a method of the header `Allow`."] },
  "421": { title: "421: the gate does not serve this host.", fix: ["Call one of the addresses in GATE_URL."] },
  "429": { title: "429: too many requests.", fix: ["Wait for the seconds in `Retry-After`, then retry."] },
  "500": { title: "500: the gate has a fault, or a faulty configuration.", fix: ["Tell the operator the `instance`."] },
  "501": { title: "501: the gate does not forward this method.", fix: ["Write the method in upper case."] },
  "502": { title: "502: the gate cannot reach the API.", fix: ["Retry later, or tell the operator the `instance`."] },
  "503": {
    title: "503: something that the gate needs is unavailable, such as Entra's keys.",
    fix: ["Wait for the seconds in `Retry-After`, then retry."],
  },
  "504": {
    title: "504: the API did not answer in time. It may have processed the request.",
    fix: ["Find out whether the request was processed before you repeat it."],
  },
};

/** A problem document, a challenge, a status line, or a whole response. */
function readResponse(text: string): Recognized | undefined {
  const [, error = ""] = /\berror="(\w+)"/.exec(text) ?? [];
  const [, status] =
    /^(?:< ?)?HTTP\/[\d.]+ (\d{3})\b/m.exec(text) ??
    /"status" *: *(\d{3})\b/.exec(text) ??
    statusAlone.exec(text) ??
    [];
  const isProblem = status !== undefined || /"instance" *:/.test(text);
  if (!isProblem && !challenge.test(text)) return undefined;
  const name = [error, findDetail(text), status].find((each) => each !== undefined && Object.hasOwn(classes, each));
  const found = classes[name ?? (challenge.test(text) ? "no-token" : "")];
  if (found === undefined) return undefined;
  const [id] = uuid.exec(text) ?? [];
  return { what: "A response of the gate", cause: { id: `response-${name ?? "no-token"}`, ...found, ...sayWhere(id) } };
}

const challenge =
  /^(?:< ?)?(?:www-authenticate: *bearer\b|bearer +(?:realm|authorization_uri|error|scope|resource_metadata)=)/im;
const statusAlone = /^([45]\d\d)(?: [A-Za-z ]+)?$/;

/** Classes share statuses. In a problem document, only their text tells them apart. */
function findDetail(text: string): string | undefined {
  const found = denials.map(describeDenial).find(({ detail }) => text.includes(detail));
  return found && (found.challenge?.error ?? "no-token");
}

/** One denial of each class that has a challenge. */
const denials: readonly Denial[] = [
  { reason: "credential_missing" },
  { reason: "credential_malformed" },
  { reason: "expired" },
  { reason: "scope_missing", scopes: [] },
  { reason: "token_revoked", challengeable: true, revokedAtSeconds: 0 },
];

const uuid = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;

function sayWhere(id: string | undefined): Pick<Cause, "note" | "link"> {
  const line =
    id === undefined ? "the line whose `id` is the `instance` of the response" : `the line with the id ${id}`;
  return {
    note: `The exact reason is only in the log of the API's operator, in ${line}.`,
    link: "reference/responses#what-a-client-should-do",
  };
}

const instance = /^["']?(urn:uuid:)?([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})["']?$/i;

function readInstance(text: string): Recognized | undefined {
  const [, prefix, id] = instance.exec(text) ?? [];
  if (id === undefined) return undefined;
  const title =
    prefix === undefined
      ? "This is a UUID and no token. It can be the `id` of a line in the gate's log."
      : "This is the `instance` of a response: it names a line in the gate's log.";
  const fix = [
    `Give it to the operator of the API. The line with the id ${id} in the gate's log has the exact \`reason\`.`,
    "Look up that reason, or explain it in the same way.",
  ];
  return { what: "The instance of a response", cause: { id: "instance", title, fix, link: "how-to/troubleshoot" } };
}

function readLogLine(text: string): Recognized | undefined {
  const [, event] = /"event\\?" *: *\\?"(\w+)/.exec(text) ?? [];
  if (event === undefined) return undefined;
  const title = `The event \`${event}\` of the gate's log has no reason.`;
  const fix = ["Look up the event."];
  return { what: "A line of the gate's log", cause: { id: "log-line", title, fix, link: "reference/log" } };
}

function readCommand(text: string): Recognized | undefined {
  if (!/^(?:[$>] ?)?(?:curl|wget|http|https|az|npx)\s/i.test(text)) return undefined;
  const title = "This is a command, and it has no access token.";
  const fix = [
    "If the token is in a variable of the shell, print the variable and paste its value.",
    "Or paste what the command printed: the response, with its headers.",
  ];
  return { what: "A command", cause: { id: "command", title, fix, link: "how-to/troubleshoot" } };
}
