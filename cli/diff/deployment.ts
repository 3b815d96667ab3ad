import { type Assets, showValue, type WranglerConfig } from "../project/wrangler-config.ts";
import { isMatch } from "../project/zone-patterns.ts";
import { createChange, type Effects, harmless, type ProjectChange } from "./project-change.ts";

/** What differs in the settings of Wrangler, and which of them are not compared. */
export interface ComparedDeployment {
  readonly changes: readonly ProjectChange[];
  /** Names of the settings that differ, and of which it is not known what they do. */
  readonly unclassified: readonly string[];
}

/** Compares what Wrangler deploys beside the variables: which requests reach the gate, and from where. */
export function compareDeployments(before: WranglerConfig, after: WranglerConfig): ComparedDeployment {
  const sides = [before, after] as const;
  return {
    changes: [
      ...before.patterns.flatMap((pattern) => comparePattern(pattern, after)),
      ...compareSwitch("workers_dev", sides, ({ workersDev }) => workersDev, "weaker"),
      ...compareSwitch("preview_urls", sides, ({ previewUrls }) => previewUrls, "weaker"),
      ...compareSwitch("cache", sides, ({ workersCaching }) => workersCaching, "open"),
      ...compareAssets(before, after),
      ...codeSettings.flatMap((name) => compareCode(name, before, after)),
    ],
    unclassified: listUnclassified(before, after),
  };
}

/** Requests that match no pattern of the zone go to its origin without the gate. */
function comparePattern(pattern: string, { patterns }: WranglerConfig): readonly ProjectChange[] {
  if (patterns.some((other) => covers(other, pattern))) return [];
  const now = patterns.length === 0 ? "no pattern" : patterns.join(", ");
  const bypass = `other requests bypass the gate, which has ${now}`;
  return createChange("setting", `routes ${pattern}`, ["open"], "requests go to the gate", bypass);
}

/** Whether every request that a pattern matches also matches another. A pattern without a scheme is for both. */
function covers(wide: string, narrow: string): boolean {
  const [scheme, other] = [wide, narrow].map((pattern) => /^https?:\/\//i.exec(pattern)?.[0].toLowerCase());
  if (scheme !== undefined && scheme !== other) return false;
  return isMatch(withoutScheme(narrow), withoutScheme(wide));
}

/** Hosts are compared without letter case, and paths with it. Without a path, a pattern matches the root alone. */
function withoutScheme(pattern: string): string {
  const text = pattern.replace(/^https?:\/\//i, "");
  const [host = ""] = text.split("/");
  return `${host.toLowerCase()}${text.slice(host.length) || "/"}`;
}

function compareSwitch(
  name: string,
  sides: readonly [WranglerConfig, WranglerConfig],
  isOn: (config: WranglerConfig) => boolean,
  effect: "open" | "weaker",
): readonly ProjectChange[] {
  const [was, is] = sides.map(isOn);
  const effects: Effects = was === is ? harmless : is ? [effect] : ["stronger"];
  return createChange("setting", name, effects, was ? "on" : "off", is ? "on" : "off");
}

function compareAssets({ ungatedAssets: was }: WranglerConfig, { ungatedAssets: is }: WranglerConfig) {
  const describe = (assets: Assets | undefined) =>
    assets === undefined ? "no file answers before the gate" : `files answer before the gate: ${showValue(assets)}`;
  return createChange("setting", "assets", judgeAssets(was, is), describe(was), describe(is));
}

function judgeAssets(was: Assets | undefined, is: Assets | undefined): Effects {
  if (is === undefined) return was === undefined ? harmless : ["stronger"];
  if (was === undefined) return ["open"];
  const [first, last] = [was, is].map(({ run_worker_first: list }) => (Array.isArray(list) ? (list as string[]) : []));
  const isWider =
    first!.every((rule) => rule.startsWith("!") || last!.includes(rule)) &&
    last!.every((rule) => !rule.startsWith("!") || first!.includes(rule));
  if (!isWider) return ["open"];
  return showValue({ ...was, run_worker_first: [] }) === showValue({ ...is, run_worker_first: [] })
    ? harmless
    : ["unknown"];
}

/** Settings that change the code that is deployed. The routes are read without them. */
const codeSettings = ["alias", "define", "build", "no_bundle", "rules", "find_additional_modules"];

function compareCode(name: string, before: WranglerConfig, after: WranglerConfig): readonly ProjectChange[] {
  const [was, is] = [before, after].map(({ settings }) => readCodeSetting(name, settings[name]));
  const effects: Effects = was === is ? harmless : ["unknown"];
  return createChange("setting", name, effects, was ?? "not set", is ?? "not set");
}

/** Wrangler adds its own defaults to the settings, and the folder that it watches. */
function readCodeSetting(name: string, value: unknown): string | undefined {
  const own = name === "build" ? (value as { readonly command?: unknown } | undefined)?.command : value;
  return isEmpty(own) ? undefined : showValue(own);
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (typeof value === "object" && Object.keys(value).length === 0);
}

/** Settings that are compared, or that only this machine uses. */
const classified = new Set([
  ...codeSettings,
  ...["main", "vars", "secrets", "secrets_store_secrets", "env", "route", "routes", "workers_dev", "preview_urls"],
  ...["cache", "assets", "dev", "$schema", "send_metrics", "base_dir", "tsconfig"],
  // What Wrangler adds.
  ...["configPath", "userConfigPath", "topLevelName", "definedEnvironments", "targetEnvironment"],
  ...["jsx_factory", "jsx_fragment", "python_modules"],
]);

function listUnclassified({ settings: was, bindings }: WranglerConfig, after: WranglerConfig): readonly string[] {
  const is = after.settings;
  const bound = new Set([...bindings.values(), ...after.bindings.values()].map((target) => target.split(" ")[0]));
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((name) => !classified.has(name) && !bound.has(name))
    .filter((name) => !(isBlank(was[name]) && isBlank(is[name])) && showValue(was[name]) !== showValue(is[name]));
}

/** A default of Wrangler, such as `{ bindings: [] }`. */
function isBlank(value: unknown): boolean {
  return isEmpty(value) || (typeof value === "object" && Object.values(value as object).every(isEmpty));
}
