import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/**
 * Lists the folders of the packages that a bundle contains.
 *
 * @param modules paths of the bundle's modules; those outside node_modules belong to this project
 */
export function listPackages(modules: readonly string[]): readonly string[] {
  return [...new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id) ?? []))].sort();
}

/**
 * Writes the licenses of packages. Those with the same terms share one text.
 *
 * @param folders of the packages
 * @throws Error if a package has no license
 */
export function renderLicenses(folders: readonly string[]): string {
  const holders = new Map<string, string[]>();
  for (const folder of folders) {
    const { name, version } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) throw new Error(`${name} ${version} has no license`);
    const { notice, terms } = splitLicense(readFileSync(path.join(folder, file), "utf8"));
    holders.set(terms, [...(holders.get(terms) ?? []), `${name} ${version}: ${notice}`]);
  }
  const parts = [...holders].map(([terms, names]) => `${names.join("\n")}\n\n${terms}\n`);
  return `The command line contains these packages.\n\n${parts.join("\n---\n\n")}`;
}

/** Splits a license into the notice of its holders and the terms. */
function splitLicense(text: string): { readonly notice: string; readonly terms: string } {
  const words = text.replaceAll(/\s+/g, " ").trim();
  const start = words.search(/Permission (?:is hereby granted|to use)|Redistribution and use/);
  return start < 0 ? { notice: "", terms: words } : { notice: words.slice(0, start).trim(), terms: words.slice(start) };
}
