import { existsSync } from "node:fs";
import path from "node:path";
import { readInput } from "../common/input-file.ts";
import { findSettingLine, type SettingPath } from "../project/setting-lines.ts";
import type { Settings } from "../project/settings.ts";
import type { Finding } from "./finding.ts";

const variable = /\b[A-Z]+(?:_[A-Z0-9]+)+\b/;
/** The variable of a repair: `ORIGIN_URL=https://origin.contoso.com`. */
const assigned = /^[A-Z]+(?:_[A-Z0-9]+)+(?==)/;
/** The setting of a repair: `workers_dev = false`, or `set main in wrangler.toml to a file that exists`. */
const setting = /^(?:set )?([a-z_]+)(?: = | in )/;

/**
 * Finds the line that has what a warning or a fault is about: the variable that its text names, or what its repair
 * changes. Others of a deployment are about its routes. A missing variable belongs to the line of its table.
 *
 * @returns `file:line`, relative to the folder of this process; `undefined` if no file has it
 */
export function findPlaceOf({ area, state, text, fix = "" }: Finding, settings: Settings): string | undefined {
  if (state !== "fault" && state !== "warning") return undefined;
  const [name] = variable.exec(text) ?? assigned.exec(fix) ?? [];
  if (name !== undefined) return findVariable(name, settings);
  const [, changed] = setting.exec(fix) ?? [];
  if (changed !== undefined) return findInWrangler([[changed]], settings);
  return area === "deployment" ? findInWrangler([["routes"], ["route"]], settings) : undefined;
}

function findVariable(name: string, settings: Settings): string | undefined {
  const source = settings.sources.get(name);
  if (source !== undefined && /^\.(?:env|dev\.vars)$/.test(source)) return findIn(source, [[name]], settings);
  if (source !== undefined && source !== settings.wrangler?.name) return undefined;
  return findInWrangler(source === undefined ? [["vars"]] : [["vars", name]], settings);
}

/** An environment can have a setting of its own, or inherit it. */
function findInWrangler(paths: readonly SettingPath[], settings: Settings): string | undefined {
  const { file, env } = settings.place;
  const own = env ? paths.map((each) => ["env", env, ...each]) : [];
  return file === undefined ? undefined : findIn(file, [...own, ...paths], settings);
}

function findIn(name: string, paths: readonly SettingPath[], { directory }: Settings): string | undefined {
  const file = path.join(directory, name);
  if (!existsSync(file)) return undefined;
  const text = readInput(file);
  const line = paths.map((each) => findSettingLine(name, text, each)).find((each) => each !== undefined);
  return line === undefined ? undefined : `${path.relative("", file)}:${line}`;
}
