// The script of the page, in the browser. It inserts values of a token as text, never as HTML, and sends and stores
// nothing.
import { explain } from "../../../cli/explain/explain.ts";
import type { Cause, Check, Explanation } from "../../../cli/explain/facts/explanation.ts";
import { type Recognized, recognize } from "../../../cli/explain/recognize.ts";
import { describeDenial } from "../../../src/cli-exports/gate.ts";
import { type Field, fields, readSubject, type Subject } from "./subject.ts";

const form = document.querySelector<HTMLFormElement>("form")!;
const pasted = document.querySelector<HTMLTextAreaElement>("#token")!;
const result = document.querySelector<HTMLElement>("#result")!;

const marks = { passed: "✓", failed: "✗", unknown: "?", "not-reached": "·" } as const;
const spoken = { passed: "passed", failed: "failed", unknown: "not checked", "not-reached": "not reached" } as const;

/** Nothing of the platform but the clock: `explain` needs no network, because it has no keys to look up. */
const io = {
  now: () => Date.now(),
  fetch: () => Promise.reject(new Error("this page makes no request")),
  after: () => () => {},
  random: () => 0,
  openCache: async () => undefined,
  log: () => {},
};

// What the reader chose on a page of VitePress: light, dark, or what the system prefers.
const scheme = localStorage.getItem("vitepress-theme-appearance");
if (scheme === "light" || scheme === "dark") document.documentElement.style.colorScheme = scheme;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const data = new FormData(form);
  const written = Object.fromEntries(Object.keys(fields).map((name) => [name, String(data.get(name) ?? "")])) as Record<
    Field,
    string
  >;
  if (pasted.value.trim() === "") return show("No token", "failed", "Paste an access token first.");
  const recognized = recognize(pasted.value);
  if (recognized !== undefined) return showRecognized(recognized);
  const subject = readSubject(pasted.value, written);
  const { authorization, environment } = subject;
  const setup = { options: {}, environment, onWorkers: true };
  showExplanation(await explain({ authorization }, setup, { io, keys: undefined, unsafe: true }), subject);
});

// A page that is left, and perhaps restored later, has no token.
addEventListener("pagehide", () => {
  pasted.value = "";
  result.replaceChildren();
});

function showExplanation({ verdict, checks, causes }: Explanation, subject: Subject): void {
  if (verdict.outcome === "refused") {
    const { status, title } = describeDenial(verdict.denial);
    show(`Refused: ${verdict.denial.reason}`, "failed", `The caller gets ${status} ${title}.`);
    result.append(make("p", {}, showLink(`reference/reasons#${verdict.denial.reason}`, "About this reason")));
  } else {
    show("No fault found", "unknown", "The token passes every check that this page can make.");
  }
  const caution = "The signature was not checked, so any claim in this token can be forged.";
  result.append(make("p", { class: "caution" }, caution));
  const { assumed } = subject;
  const note = `Not compared, because these fields are empty: ${assumed.join(", ")}.`;
  if (assumed.length > 0) result.append(make("p", {}, note));
  const reached = checks.filter(({ state }) => state !== "not-reached");
  result.append(...causes.flatMap(showCause), make("h3", {}, "Checks, in the gate's order"));
  result.append(make("ol", { class: "checks" }, ...reached.map((check) => showCheck(check, subject))));
  if (reached.length < checks.length) result.append(make("p", {}, "The gate did not reach its other checks."));
}

/** What is no token gets no verdict: it has nothing to check. */
function showRecognized({ what, cause }: Recognized): void {
  show(what, "unknown", "This is no token, so there is nothing to check.");
  result.append(...showCause(cause));
}

function show(title: string, state: Check["state"], text: string): void {
  const heading = make("h2", { tabindex: "-1", class: `verdict ${state}` }, title);
  result.replaceChildren(heading, make("p", {}, text));
  heading.focus();
}

function showCause({ title, fix, note, link }: Cause): readonly HTMLElement[] {
  return [
    make("h3", {}, ...showText(title)),
    make("ol", {}, ...fix.map((step) => make("li", {}, ...showText(step)))),
    ...(note === undefined ? [] : [make("p", {}, ...showText(note))]),
    make("p", {}, showLink(link, "More about this cause")),
  ];
}

/** In a new tab, because the page forgets the token when it is left. */
function showLink(link: string, text: string): HTMLElement {
  const href = link.startsWith("https:") ? link : `/${link}`;
  return make("a", { href, target: "_blank", rel: "noopener noreferrer" }, text);
}

/** Renders text that contains `code`, and commands that print a page, which become links to it. */
function showText(text: string): readonly (string | HTMLElement)[] {
  return text.split("`").flatMap((part, index) => {
    const pages = part
      .split(/\bnpx entra-gate docs ([\w/#-]+)/)
      .map((each, at) => (at % 2 === 1 ? showLink(each, each) : each));
    return index % 2 === 1 && pages.length === 1 ? make("code", {}, part) : pages;
  });
}

function showCheck({ name, state, found, expected, note }: Check, { isUncompared }: Subject): HTMLElement {
  const isOpen = state === "passed" && isUncompared(name);
  const value = typeof found === "string" ? found : JSON.stringify(found);
  return make(
    "li",
    { class: state },
    make("span", { "aria-hidden": "true" }, `${marks[isOpen ? "unknown" : state]} `),
    make("b", {}, name),
    isOpen ? ", not compared" : `, ${spoken[state]}`,
    ...(value ? [make("code", {}, value)] : []),
    ...(state === "failed" && expected !== undefined && !isUncompared(name)
      ? [make("p", {}, `Expected: ${expected}`)]
      : []),
    ...(note === undefined ? [] : [make("p", {}, note)]),
  );
}

function make(name: string, attributes: Readonly<Record<string, string>>, ...children: (string | Node)[]): HTMLElement {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}
