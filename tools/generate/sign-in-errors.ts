import { codeList, signInErrors } from "../../cli/explain/sign-in-errors.ts";
import { linkPages } from "./page-links.ts";

/** Writes docs/reference/entra-errors.md: the cause, the fix and the source of every code. */
export function renderSignInErrors(): string {
  return [
    "# Errors of Entra",
    "",
    "This page is for developers and operators who see an `AADSTS` code. It comes from Entra, not from the gate. If the",
    "client shows it, the client could not get a token. If it is in `codes` of a log line with `downstream_…`, the gate",
    "could not get a token for another API. Look up `correlationId` of that line in the *Sign-in logs* of the Entra admin",
    "center.",
    "",
    `[Microsoft's list](${codeList}) has most codes, and can change. It`,
    "is the source of each section that names no other. `npx entra-gate explain AADSTS50011` prints one section.",
    ...Object.entries(signInErrors).flatMap(([number, { cause, fix, source }]) => [
      "",
      `## AADSTS${number}`,
      "",
      escapePlaceholders(cause),
      "",
      `Fix: ${linkPages(escapePlaceholders(fix))}.`,
      ...(source === codeList ? [] : ["", `Source: <${source}>`]),
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
