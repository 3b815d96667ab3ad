import { readFileSync } from "node:fs";
import path from "node:path";
import { bundles, readSizes } from "../sizes/measure.ts";

const page = path.resolve(import.meta.dirname, "../../docs/explanation/speed.md");

/**
 * Writes the short answer of docs/explanation/speed.md into a page, between `<!-- speed -->` and `<!-- /speed -->`. Its
 * numbers are those of the page's table.
 *
 * @param before the page
 */
export function renderSpeed(before: string): string {
  const table = readFileSync(page, "utf8");
  const timeOf = (line: string): string => {
    const [, microseconds] = new RegExp(`^\\| ${line} \\| (\\d+(?:\\.\\d+)?) `, "m").exec(table) ?? [];
    if (microseconds === undefined) throw new Error(`docs/explanation/speed.md has no line "${line}"`);
    return `${Math.round(Number(microseconds))} us`;
  };
  const answer = [
    `In our benchmark, a request with a known token takes ${timeOf("gate, known token")} of processor time with the gate,`,
    `${timeOf("plain Hono")} without any check, and ${timeOf("Hono with jose, known token")} with Hono and jose, which verify`,
    `the token in every request. A request with a new token takes ${timeOf("gate, new token")} with the gate, and`,
    `${timeOf("Hono with jose, new token")} with Hono and jose.`,
  ].join("\n");
  const written = before.replace(/(<!-- speed -->\n)[\s\S]*?(\n<!-- \/speed -->)/, `$1${answer}$2`);
  if (!written.includes(answer)) throw new Error("the page has no place for the answer: <!-- speed -->");
  return written;
}

/**
 * Writes docs/explanation/speed.md: its short answer, and the committed sizes between `<!-- sizes -->` and
 * `<!-- /sizes -->`.
 *
 * @param before the page
 */
export function renderSpeedPage(before: string): string {
  const sizes = readSizes();
  const rows = Object.keys(bundles).map((name) => `| ${name} | ${((sizes[name] ?? 0) / 1_024).toFixed(1)} |`);
  const table = ["| worker | KiB, gzip |", "| --- | --- |", ...rows].join("\n");
  const written = before.replace(/(<!-- sizes -->\n\n)[\s\S]*?(\n\n<!-- \/sizes -->)/, `$1${table}$2`);
  if (!written.includes(table)) throw new Error("the page has no place for the sizes: <!-- sizes -->");
  return renderSpeed(written);
}
