import { type EntraClaim, entraClaims, type Source } from "../../cli/doctor/claims/claims.ts";

/** The table, from its marker up to the next heading. */
const place = /(?<=<!-- entra-claims -->\n\n)(?:\|.*\n)*/;

/**
 * Writes the table of claims that `doctor --claims` checks into docs/explanation/what-was-seen-where.md.
 *
 * @throws TypeError if the page has no marker
 */
export function renderClaims(page: string): string {
  if (!place.test(page)) throw new TypeError("docs/explanation/what-was-seen-where.md has no marker of the table");
  const table = ["| name | claim | source |", "|---|---|---|", ...entraClaims.map(renderClaim), ""];
  return page.replace(place, () => table.join("\n"));
}

function renderClaim({ id, text, source }: EntraClaim): string {
  return `| \`${id}\` | ${text} | ${describe(source)} |`;
}

function describe(source: Source): string {
  if (source.kind === "assumed") return source.kind;
  if (source.kind === "page") return `${link(source.url)}, ${source.date}`;
  return `${source.kind}: ${source.urls.map(link).join(", ")}`;
}

const link = (url: string) => `[${nameOf(url)}](${url})`;

/** `azure-cli#24376` for a thread of GitHub, and otherwise the last part of the path. */
function nameOf(url: string): string {
  const [, repository, number] = /^https:\/\/github\.com\/[^/]+\/([^/]+)\/(?:issues|pull)\/(\d+)$/.exec(url) ?? [];
  return repository === undefined ? (new URL(url).pathname.split("/").at(-1) ?? url) : `${repository}#${number}`;
}
