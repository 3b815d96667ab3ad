import { linkPages } from "./page-links.ts";
import { signInErrors } from "./sign-in-errors.ts";

/** Writes docs/reference/entra-errors.md: the cause, the fix and the source of every code. */
export function renderSignInErrors(): string {
  return [
    "# Errors of Entra",
    "",
    "This page is for developers and operators who see an `AADSTS` code. It comes from Entra, not from the gate. If the client shows it, the client could",
    "not get a token. If it is in `codes` of a log line with `downstream_…`, the gate could not get a token for another API.",
    "",
    "`npx entra-gate explain AADSTS50011` prints one section. Microsoft",
    "[lists all codes](https://learn.microsoft.com/entra/identity-platform/reference-error-codes), and can change them. Look up `correlationId` of the log",
    "line in the *Sign-in logs* of the Entra admin center.",
    ...Object.entries(signInErrors).flatMap(([number, { cause, fix, source }]) => [
      "",
      `## AADSTS${number}`,
      "",
      escapePlaceholders(cause),
      "",
      `Fix: ${linkPages(escapePlaceholders(fix))}.`,
      "",
      `Source: <${source}>`,
    ]),
    "",
    "## Next",
    "",
    "- [Troubleshoot](../how-to/troubleshoot.md): symptoms of the gate itself.",
    "- [Tokens for other APIs](tokens-for-other-apis.md): what the gate answers to each error.",
    "",
  ].join("\n");
}

/** Keeps placeholders such as `<client id>` as text: Markdown takes them for HTML. */
function escapePlaceholders(text: string): string {
  return text.replaceAll("<", "\\<");
}
