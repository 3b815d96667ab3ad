import { html } from "hono/html";
import { describeReasons } from "../../explain/describe-reasons.ts";
import { renderPage } from "./document.ts";

type Html = ReturnType<typeof html>;

/** Renders docs/reference/reasons.md as a page, so that a refusal links to its section without a network. */
export function renderReasons(): Html {
  return renderPage(
    "Reason codes",
    html`<header>
        <h1>Reason codes</h1>
        <p><a href=".//">Back to the playground</a></p>
      </header>
      <main class="reasons">
        ${describeReasons().map(
          ({ reason, meaning, answers, logged, fix }) =>
            html`<section id="${reason}" aria-labelledby="${reason}-title">
              <h2 id="${reason}-title">${reason}</h2>
              <p>${renderCode(meaning)}</p>
              <p>Caller: ${renderCode(answers)}</p>
              ${logged === undefined ? "" : html`<p>Log: ${renderCode(logged)}</p>`}
              <p>Fix: ${renderCode(fix)}</p>
            </section>`,
        )}
      </main>`,
  );
}

/** Renders text that contains `code`. */
function renderCode(text: string): readonly (string | Html)[] {
  return text.split("`").map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
