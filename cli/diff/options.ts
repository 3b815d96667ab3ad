import type { GateOptions } from "../../src/cli-exports/gate.ts";
import {
  compareAdmitting,
  compareRefusing,
  compareSets,
  createChange,
  type Effects,
  harmless,
  type ProjectChange,
} from "./project-change.ts";

/** What an option decides, and what a change of it does. */
interface OptionClass {
  /** Who is admitted, where requests go, neither, or what the comparison of requests shows. */
  readonly decides: "callers" | "destination" | "requests" | "neither";
  /** @param before the option as text; `undefined` if it is absent. Functions are all alike */
  readonly compare: (before: string | undefined, after: string | undefined) => Effects;
  readonly describe?: (option: object) => string;
  /** Whether it is code that decides, which no comparison reads. */
  readonly isCode?: true;
}

const neither: OptionClass = { decides: "neither", compare: () => harmless };
const byRequests: OptionClass = { decides: "requests", compare: () => harmless };
const moved: OptionClass["compare"] = (before, after) => (before === after ? harmless : ["elsewhere"]);

const readNames = (text = "") => new Set(text.split(", ").filter((name) => name !== ""));
/** Each name admits more callers. */
const compareNames: OptionClass["compare"] = (before, after) => compareSets(readNames(before), readNames(after));

/** The class of each option of a gate. It is exhaustive, so a new option does not compile without one. */
export const optionClasses: Readonly<Record<keyof Required<GateOptions>, OptionClass>> = {
  routes: byRequests,
  unlisted: byRequests,
  // A browser of another origin needs a token too.
  cors: neither,
  worker: { decides: "destination", compare: moved, isCode: true },
  authorities: { decides: "callers", compare: compareNames, describe: describeAuthorities },
  isTenantAllowed: { decides: "callers", compare: compareRefusing, isCode: true },
  revokedAtSeconds: { decides: "callers", compare: compareRefusing, isCode: true },
  revocations: { decides: "callers", compare: compareRefusing },
  downstream: neither,
  groups: { decides: "callers", compare: compareAdmitting, describe: describeGroups },
  trace: neither,
  spans: neither,
  originMilliseconds: neither,
  originFetch: { decides: "destination", compare: moved, isCode: true },
  issuer: neither,
};

/** Only a requirement with `from` admits their callers. */
function describeAuthorities(option: object): string {
  const { names } = option as NonNullable<GateOptions["authorities"]>;
  return names.join(", ");
}

/** Microsoft Graph counts other groups with another source or other permissions. */
function describeGroups(option: object): string {
  const { source, permissions } = option as NonNullable<GateOptions["groups"]>;
  return `set, with source ${source} and ${permissions.join(" ")}`;
}

type OptionName = keyof typeof optionClasses;
const names = Object.keys(optionClasses) as OptionName[];

/**
 * Compares each option of two gates once.
 *
 * @param isShown whether the comparison of requests shows the option already
 */
export function compareOptions(
  before: GateOptions,
  after: GateOptions,
  isShown: (name: OptionName) => boolean,
): readonly ProjectChange[] {
  return names
    .filter((name) => !isShown(name))
    .flatMap((name) => {
      const [was, is] = [before, after].map((options) => describeOption(name, options));
      return createChange("option", name, optionClasses[name].compare(was, is), was ?? "not set", is ?? "not set");
    });
}

function describeOption(name: OptionName, { [name]: option }: GateOptions): string | undefined {
  if (option === undefined) return undefined;
  return optionClasses[name].describe?.(option as object) ?? "set";
}

/** Names the options of both gates whose code decides. */
export function listOwnCode(before: GateOptions, after: GateOptions): readonly string[] {
  return names.filter((name) => optionClasses[name].isCode && before[name] !== undefined && after[name] !== undefined);
}
