import { readFileSync } from "node:fs";
import path from "node:path";
import { type EntraClaim, entraClaims, type Source } from "../../cli/doctor/claims/claims.ts";

export const claimsPage = "docs/explanation/what-was-seen-where.md";
/** The table, from its marker up to the next heading. */
const place = /(?<=<!-- entra-claims -->\n\n)(?:\|.*\n)*/;

/** The page, with the table of the claims that `doctor --claims` checks. */
export function renderClaimsPage(): string {
  const text = readFileSync(path.resolve(import.meta.dirname, "../..", claimsPage), "utf8");
  const table = ["| name | claim | status | source |", "|---|---|---|---|", ...entraClaims.map(renderClaim), ""];
  return text.replace(place, () => table.join("\n"));
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
