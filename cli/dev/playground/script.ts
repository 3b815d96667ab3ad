// The script of the page, in the browser. It inserts values from a token as text, never as HTML.
import type { Check } from "../../explain/facts/explanation.ts";
import type { ExplanationReport } from "../../explain/render.ts";
import type { ReceivedRequest, StoppableCaller, Trial } from "./trial.ts";

const form = document.querySelector<HTMLFormElement>("#trial")!;
const result = document.querySelector<HTMLElement>("#result")!;
const announcement = document.querySelector<HTMLElement>("#announcement")!;
const button = form.querySelector<HTMLButtonElement>("button")!;

const marks = { passed: "✓", failed: "✗", unknown: "?", "not-reached": "·" } as const;
const spoken = {
  passed: "passed",
  failed: "failed",
  unknown: "not decided",
  "not-reached": "not reached",
} as const;

const selects = [...form.querySelectorAll("select")];
const find = (name: string) => form.querySelector<HTMLSelectElement>(`#${name}`)!;
const [authority, persona, method] = [find("authority"), find("persona"), find("method")];
const body = form.querySelector<HTMLTextAreaElement>("#body")!;
const ignored = document.querySelector<HTMLElement>("#ignored")!;

/** Offers only what fits the chosen authority, persona and method. */
function adapt(): void {
  const isApp = persona.value === "";
  for (const { options, selectedOptions } of selects) {
    for (const option of options) {
      const { authority: own = authority.value, needsUser } = option.dataset;
      option.disabled = own !== authority.value || (isApp && needsUser !== undefined);
      option.hidden = option.disabled;
    }
    const [chosen] = selectedOptions;
    if (chosen?.disabled === false) continue;
    const offered = [...options].filter(({ disabled }) => !disabled);
    const next = offered.find(({ value }) => value === chosen?.value) ?? offered[0];
    if (next !== undefined) next.selected = true;
  }
  for (const scope of form.querySelectorAll<HTMLInputElement>("[name=scopes]")) scope.disabled = isApp;
  body.disabled = method.value === "GET" || method.value === "HEAD";
}

/** Says what is special about the persona, and marks the route. */
function describeChoices(): void {
  body.parentElement!.hidden = body.disabled;
  document.querySelector("#persona-sentence")!.textContent = persona.selectedOptions[0]?.dataset.sentence ?? "";
  const chosen = new FormData(form);
  for (const link of document.querySelectorAll<HTMLAnchorElement>("nav a")) {
    const own = new URLSearchParams(link.hash.slice(1));
    const isChosen = ["authority", "method", "path"].every((name) => own.get(name) === chosen.get(name));
    link.ariaCurrent = isChosen ? "true" : null;
  }
}

/**
 * Fills the form from the fragment of the address, which can be anybody's. It sets values that the form offers, text as
 * text, and does nothing else: the user sends the request.
 */
function fill(): void {
  const state = new URLSearchParams(location.hash.slice(1));
  form.reset();
  if (state.size > 0) {
    for (const control of form.querySelectorAll<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>("[name]")) {
      choose(control, state.getAll(control.name));
      adapt();
    }
  }
  adapt();
  describeChoices();
  const filled = new FormData(form);
  const others = [...state].filter(([name, value]) => value !== "" && !filled.getAll(name).includes(value));
  ignored.hidden = others.length === 0;
  const names = others.map(([name, value]) => `${name}=${value}`).join(", ");
  ignored.textContent = `The form does not have these values of the address: ${names}`;
}

function choose(control: HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement, values: readonly string[]): void {
  const [first] = values;
  if (control instanceof HTMLSelectElement) {
    const option = [...control.options].find(({ value, disabled }) => !disabled && value === first);
    if (option !== undefined) option.selected = true;
  } else if (control.type === "checkbox") (control as HTMLInputElement).checked = values.includes(control.value);
  else if (first !== undefined) control.value = first;
}

form.addEventListener("change", () => {
  adapt();
  describeChoices();
  const pairs = [...new FormData(form)].map(([name, value]) => [name, String(value)]);
  history.replaceState(null, "", `#${new URLSearchParams(pairs)}`);
});
addEventListener("hashchange", fill);
fill();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  button.disabled = true;
  try {
    const response = await post("trial", readChoices(new FormData(form)));
    showTrial(await response.json());
  } catch (error) {
    showResult("No request was sent", "failed", make("p", {}, error instanceof Error ? error.message : String(error)));
  } finally {
    button.disabled = false;
  }
});

/** @throws Error with the text of the answer if it is a refusal */
async function post(path: string, choices: object): Promise<Response> {
  const headers = { "Content-Type": "application/json" };
  const response = await fetch(path, { method: "POST", headers, body: JSON.stringify(choices) });
  if (!response.ok) throw new Error(await response.text());
  return response;
}

function readChoices(data: FormData): object {
  const single = ["authority", "persona", "client", "tenant", "fault", "method", "path", "body"];
  return {
    ...Object.fromEntries(single.map((name) => [name, String(data.get(name) ?? "")])),
    ...Object.fromEntries(["scopes", "roles", "groups", "acrs"].map((name) => [name, data.getAll(name)])),
    version: Number(data.get("version")),
  };
}

function showTrial({ answer, received, explanation, logLine, caller, curl, token, decoded }: Trial): void {
  const allowed = explanation.verdict.outcome === "allowed";
  const head = [`${answer.status}`, ...answer.headers.map(([name, value]) => `${name}: ${value}`)];
  showResult(
    `${answer.status}, ${allowed ? "allowed" : nameReason(explanation)}`,
    allowed ? "passed" : "failed",
    ...showCauses(explanation),
    make("h3", {}, "Checks, in the gate's order"),
    ...groupChecks(explanation.checks).map(showGroup),
    ...showText("Response", [...head, "", indentJson(answer.body)].join("\n")),
    ...(answer.isCut ? [make("p", { class: "sentence" }, cutBody)] : []),
    ...(caller === undefined ? [] : showStop(caller)),
    ...(received === undefined ? [] : showReceived(received)),
    ...showText(
      "Log line of the gate",
      logLine === undefined ? "No line: the gate logs only refusals." : indentJson(logLine),
    ),
    ...showText("The same request with curl", curl, true),
    ...(token === undefined ? [] : [showToken(token, decoded)]),
  );
}

const cutBody = "This is the beginning of the body. The page shows 1 MiB of it, and what comes within 15 seconds.";

function showResult(text: string, state: "passed" | "failed", ...content: readonly HTMLElement[]): void {
  const title = make("h2", { id: "result-title", tabindex: "-1", class: `verdict ${state}` }, text);
  result.replaceChildren(title, ...content);
  announcement.textContent = text;
  title.focus({ preventScroll: true });
  // On a narrow screen, the result is below the form.
  const { top } = title.getBoundingClientRect();
  if (top < 0 || top > innerHeight / 2) result.scrollIntoView({ block: "start" });
}

function nameReason({ verdict }: ExplanationReport): string {
  if (verdict.outcome === "no-route") return verdict.reason ?? String(verdict.status);
  return "denial" in verdict && verdict.denial ? verdict.denial.reason : "not decided";
}

function showCauses({ causes, verdict }: ExplanationReport): readonly HTMLElement[] {
  const [cause, ...others] = causes;
  if (cause === undefined) {
    const text = verdict.outcome === "allowed" ? "Every check passed, and the request went on." : "";
    return [make("p", { class: "cause" }, text)];
  }
  const reason = "denial" in verdict ? verdict.denial?.reason : undefined;
  const links = [
    ...(reason === undefined ? [] : [make("a", { href: `reasons#${reason}` }, `reason code ${reason}`)]),
    ...(cause.link.startsWith("https://learn.microsoft.com/")
      ? [make("a", { href: cause.link, rel: "noreferrer" }, "Microsoft's page on it")]
      : []),
  ];
  return [
    make("p", { class: "cause" }, ...showCode(cause.title)),
    make("ul", {}, ...cause.fix.map((step) => make("li", {}, ...showCode(step)))),
    ...(cause.note === undefined ? [] : [make("p", {}, ...showCode(cause.note))]),
    ...(links.length === 0
      ? []
      : [
          make(
            "p",
            { class: "more" },
            "More: ",
            ...links.flatMap((link, index) => (index === 0 ? [link] : [", ", link])),
          ),
        ]),
    ...(others.length === 0
      ? []
      : [make("h3", {}, "Also wrong"), make("ul", {}, ...others.map(({ title }) => make("li", {}, title)))]),
  ];
}

/** Renders text that contains `code`. */
function showCode(text: string): readonly (string | HTMLElement)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? make("code", {}, part) : part));
}

/** Groups of checks, each named by its first check. */
const groupStarts: Readonly<Record<string, string>> = {
  configuration: "Configuration and request",
  credential: "Form of the token",
  authority: "Claims",
  tenant: "Claims",
  "tenant decided in code": "Key and signature",
  key: "Key and signature",
  revocation: "Access",
  route: "Access",
  "allowed client": "Access",
};

interface Group {
  readonly title: string;
  readonly checks: Check[];
}

function groupChecks(checks: readonly Check[]): readonly Group[] {
  const groups: Group[] = [];
  for (const check of checks) {
    const title = groupStarts[check.name] ?? groups.at(-1)?.title ?? "Checks";
    const last = groups.at(-1);
    if (last?.title === title) last.checks.push(check);
    else groups.push({ title, checks: [check] });
  }
  return groups;
}

/** Opens a group if one of its checks did not pass. */
function showGroup({ title, checks }: Group): HTMLElement {
  const count = (state: Check["state"]) => checks.filter((check) => check.state === state).length;
  const states = (["failed", "unknown", "passed", "not-reached"] as const).filter((state) => count(state) > 0);
  const text = states.map((state) => `${count(state)} ${spoken[state]}`).join(", ");
  const worst = states[0] ?? "passed";
  const details = make(
    "details",
    { class: `group ${worst}` },
    make(
      "summary",
      {},
      make("span", { class: "mark", "aria-hidden": "true" }, marks[worst]),
      ` ${title} `,
      make("small", {}, text),
    ),
    make("ol", { class: "checks" }, ...checks.map(showCheck)),
  ) as HTMLDetailsElement;
  details.open = worst === "failed" || worst === "unknown";
  return details;
}

function showCheck({ name, state, found, expected, note }: Check): HTMLElement {
  const mark = make("span", { class: "mark", "aria-hidden": "true" }, marks[state]);
  const head = make("span", { class: "name" }, name, make("span", { class: "unseen" }, `, ${spoken[state]}`));
  const details: HTMLElement[] = [];
  if (found !== undefined && found !== "")
    details.push(make("code", {}, typeof found === "string" ? found : JSON.stringify(found)));
  if (state === "failed" && expected !== undefined)
    details.push(make("span", { class: "expected" }, `expected ${expected}`));
  if (note !== undefined) details.push(make("span", {}, note));
  return make("li", { class: state }, mark, head, make("span", { class: "details" }, ...details));
}

function showText(title: string, text: string, copies = false): readonly HTMLElement[] {
  const block = make("pre", { tabindex: "0", "aria-label": title, class: copies ? "line" : "" }, text);
  if (!copies) return [make("h3", {}, title), block];
  const copy = make("button", { type: "button", class: "copy" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text);
    copy.textContent = "Copied";
    announcement.textContent = "Copied";
  });
  return [make("h3", {}, title), block, copy];
}

/** A button that blocks the caller in the list of revocations, and then one that undoes this. */
function showStop({ user, isStopped }: StoppableCaller): readonly HTMLElement[] {
  const change = make("button", { type: "button", class: "copy" }) as HTMLButtonElement;
  const note = make("p", {});
  const show = (isNowStopped: boolean, text: string) => {
    isStopped = isNowStopped;
    change.textContent = isStopped ? "Undo the stop" : "Stop this caller";
    note.textContent = text;
  };
  show(
    isStopped,
    isStopped ? "The list of revocations names this caller." : "Blocks every token of this caller for an hour.",
  );
  change.addEventListener("click", async () => {
    change.disabled = true;
    try {
      await post("stop", { user, undo: isStopped });
      show(!isStopped, "The list was changed. The gate reads it again within 60 seconds.");
    } catch (error) {
      note.textContent = error instanceof Error ? error.message : String(error);
    } finally {
      change.disabled = false;
      announcement.textContent = note.textContent;
    }
  });
  return [make("h3", {}, "Emergency stop"), note, change];
}

/** Longer values, such as a token, are closed, so that the other headers stay in view. */
const shownValueCharacters = 80;

function showReceived({ method, url, headers }: ReceivedRequest): readonly HTMLElement[] {
  const rows = [["request", `${method} ${url}`] as const, ...headers];
  const table = make(
    "table",
    { "aria-labelledby": "received-title" },
    make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Name"), make("th", { scope: "col" }, "Value"))),
    make(
      "tbody",
      {},
      ...rows.map(([name, value]) =>
        make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, showValue(value))),
      ),
    ),
  );
  return [make("h3", { id: "received-title" }, "What the origin received"), table];
}

function showValue(value: string): HTMLElement {
  if (value.length <= shownValueCharacters) return make("code", {}, value);
  const start = `${value.slice(0, shownValueCharacters / 2)}… `;
  return make(
    "details",
    { class: "value" },
    make("summary", {}, make("code", {}, start), make("small", {}, `${value.length} characters`)),
    make("code", {}, value),
  );
}

function showToken(token: string, decoded: Trial["decoded"]): HTMLElement {
  const text =
    decoded === undefined
      ? token
      : `${JSON.stringify(decoded.header, null, 2)}\n${JSON.stringify(decoded.claims, null, 2)}`;
  return make(
    "details",
    {},
    make("summary", {}, "The token"),
    make("pre", { tabindex: "0", "aria-label": "The token" }, text),
  );
}

function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function make(
  name: string,
  attributes: Readonly<Record<string, string>>,
  ...children: readonly (string | Node)[]
): HTMLElement {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, value);
  element.append(...children);
  return element;
}
