// The script of the page, in the browser. It inserts values of a token as text, never as HTML, and sends and stores
// nothing.
import { explain } from "../../../cli/explain/explain.ts";
import type { Cause, Check, Explanation } from "../../../cli/explain/facts/explanation.ts";
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
  const written = Object.fromEntries(fields.map((name) => [name, String(data.get(name) ?? "")])) as Record<
    Field,
    string
  >;
  if (pasted.value.trim() === "") return show("No token", "failed", "Paste an access token first.");
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

function showExplanation({ verdict, checks, causes }: Explanation, { assumed }: Subject): void {
  if (verdict.outcome === "refused") {
    const { status, title } = describeDenial(verdict.denial);
    show(`Refused: ${verdict.denial.reason}`, "failed", `The caller gets ${status} ${title}.`);
  } else {
    show("No fault found", "unknown", "The token passes every check except that of its signature.");
  }
  const note = `Compared with the token itself, because these fields are empty: ${assumed.join(", ")}.`;
  if (assumed.length > 0) result.append(make("p", {}, note));
  result.append(...causes.flatMap(showCause), make("h3", {}, "Checks, in the gate's order"));
  result.append(make("ol", { class: "checks" }, ...checks.map(showCheck)));
}

function show(title: string, state: Check["state"], text: string): void {
  const heading = make("h2", { tabindex: "-1", class: `verdict ${state}` }, title);
  const caution = "The signature was not checked, so any claim in this token can be forged.";
  result.replaceChildren(heading, make("p", {}, text), make("p", { class: "caution" }, caution));
  heading.focus();
}

function showCause({ title, fix, note, link }: Cause): readonly HTMLElement[] {
  return [
    make("h3", {}, ...showCode(title)),
    make("ol", {}, ...fix.map((step) => make("li", {}, ...showCode(step)))),
    ...(note === undefined ? [] : [make("p", {}, ...showCode(note))]),
    make(
      "p",
      {},
      make("a", { href: link.startsWith("https:") ? link : `/${link}`, rel: "noreferrer" }, "More about this cause"),
    ),
  ];
}

/** Renders text that contains `code`. */
function showCode(text: string): readonly (string | HTMLElement)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? make("code", {}, part) : part));
}

function showCheck({ name, state, found, expected, note }: Check): HTMLElement {
  const value = typeof found === "string" ? found : JSON.stringify(found);
  return make(
    "li",
    { class: state },
    make("span", { "aria-hidden": "true" }, `${marks[state]} `),
    make("b", {}, name),
    `, ${spoken[state]}`,
    ...(value ? [make("code", {}, value)] : []),
    ...(state === "failed" && expected !== undefined ? [make("p", {}, `Expected: ${expected}`)] : []),
    ...(note === undefined ? [] : [make("p", {}, note)]),
  );
}

function make(name: string, attributes: Readonly<Record<string, string>>, ...children: (string | Node)[]): HTMLElement {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}
