import { codeList, type EntraErrorEntry, entraErrors } from "../../entra/common/errors.ts";

/** Writes docs/reference/local-entra-errors.md: every code, how to provoke it, and where it is documented. */
export function renderLocalErrors(): string {
  const entries = Object.values<EntraErrorEntry>(entraErrors).toSorted((one, other) => one.code - other.code);
  return [
    "# Errors of the local Entra",
    "",
    "This page is for developers who test how a program handles errors of Entra. It lists each error that the",
    "[local Entra](local-entra.md) returns, and how to provoke it. A test provokes each one. The source of an error is",
    `[Microsoft's list](${codeList}), unless the row names another.`,
    "[Errors of Entra](entra-errors.md) says what to do about a code of the real one.",
    "",
    "Token endpoints answer with JSON: `error`, `error_description`, `error_codes`, `timestamp`, `trace_id`,",
    "`correlation_id`, and for some errors `suberror`, `claims` and `error_uri`. The authorization endpoint sends `error` and",
    "`error_description` to the redirect URI, in the mode of the request. If the redirect URI is not trusted, or if a policy",
    "blocks the user, it shows the error on a page, in no frame.",
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
