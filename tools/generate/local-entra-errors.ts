import { codeList, type EntraErrorEntry, entraErrors } from "../../entra/common/errors.ts";

/** Writes docs/reference/local-entra-errors.md: every code, how to provoke it, and where it is documented. */
export function renderLocalErrors(): string {
  const entries = Object.values<EntraErrorEntry>(entraErrors).toSorted((one, other) => one.code - other.code);
  return [
    "# Errors of the local Entra",
    "",
    "This page is for developers who test how a program handles errors of Entra. It lists each error that the",
    "[local Entra](local-entra.md) returns, and how to provoke it, as a test does. The source of an error is",
    `[Microsoft's list](${codeList}), unless the row names another.`,
    "[Errors of Entra](entra-errors.md) says what to do about a code of the real one.",
    "",
    "Token endpoints answer with JSON. The authorization endpoint sends `error` and `error_description` to the redirect URI,",
    "or shows a page if the redirect URI is not trusted or a policy blocks the user.",
    "",
    "| code | `error` | how to provoke it | source |",
    "|---|---|---|---|",
    ...entries.map(
      ({ code, error, suberror, provoke, source }) =>
        `| AADSTS${code} | \`${error}\`${suberror === undefined ? "" : `, \`${suberror}\``} | ${provoke} |${source === codeList ? "" : ` [${nameSource(source)}](${source})`} |`,
    ),
    "",
    "## Next",
    "",
    "[Local Entra](local-entra.md) has the flows, and the failures on demand.",
    "",
  ].join("\n");
}

function nameSource(source: string): string {
  const { hostname, pathname } = new URL(source);
  const [, owner, name, , number] = pathname.split("/");
  return hostname === "github.com" ? `${owner}/${name}#${number}` : "Microsoft";
}
