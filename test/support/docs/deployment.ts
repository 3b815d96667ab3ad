import { readFileSync } from "node:fs";
import path from "node:path";
import { parse as parseJson } from "jsonc-parser";
import { parse as parseToml } from "smol-toml";
import { readPage, root } from "./pages.ts";

/** Settings of Wrangler for an environment. */
export interface EnvironmentSettings extends Readonly<Record<string, unknown>> {
  readonly vars?: Readonly<Record<string, string>>;
}

export interface WranglerSettings extends Readonly<Record<string, unknown>> {
  readonly env: Readonly<Record<string, EnvironmentSettings>>;
}

/** wrangler.toml with the lines on that every deployment needs. */
export function readNeeded(): WranglerSettings {
  const text = readFileSync(path.join(root, "wrangler.toml"), "utf8");
  return parseToml(text.replaceAll(/^#(?=\S)/gm, "")) as unknown as WranglerSettings;
}

/** The optional settings of the environment `production`, by the blocks of docs/how-to/deploy.md. */
export function readOptional(): readonly EnvironmentSettings[] {
  return readPage("docs/how-to/deploy.md")
    .snippets.filter(({ language, code }) => language === "jsonc" && code.startsWith('"env"'))
    .map(({ code }) => parseJson(`{${code}}`).env.production);
}

/** The settings with further ones of the environment `production`. */
export function addToProduction(settings: WranglerSettings, ...more: readonly EnvironmentSettings[]): WranglerSettings {
  const all: readonly EnvironmentSettings[] = [settings.env.production ?? {}, ...more];
  const vars = Object.assign({}, ...all.map((each) => each.vars));
  return { ...settings, env: { ...settings.env, production: Object.assign({}, ...all, { vars }) } };
}
