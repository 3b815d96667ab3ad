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
  const table = ["| name | claim | status | source |", "|---|---|---|---|", ...entraClaims.map(renderClaim), ""];
  return page.replace(place, () => table.join("\n"));
}

function renderClaim({ id, text, source }: EntraClaim): string {
  const status = source.kind === "page" ? `page, ${source.date}` : source.kind;
  return `| \`${id}\` | ${text} | ${status} | ${linksOf(source).join(", ")} |`;
}

function linksOf(source: Source): readonly string[] {
  const urls = source.kind === "page" ? [source.url] : source.kind === "reports" ? source.urls : [];
  return urls.map((url) => `[${nameOf(url)}](${url})`);
}

/** `azure-cli#24376` for a thread of GitHub, and otherwise the last part of the path. */
function nameOf(url: string): string {
  const [, repository, number] = /^https:\/\/github\.com\/[^/]+\/([^/]+)\/(?:issues|pull)\/(\d+)$/.exec(url) ?? [];
  return repository === undefined ? (new URL(url).pathname.split("/").at(-1) ?? url) : `${repository}#${number}`;
}
