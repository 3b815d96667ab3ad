import { limits } from "../../src/cli-exports/common.ts";
import {
  describeGroupListMistake,
  describeGroupMistake,
  describeScopeMistake,
  type ExtendedMember,
  extensions,
  isAuthorityName,
  isOriginName,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import { isNameList, isRecord } from "../../src/cli-exports/text.ts";
import { type Api, shortenName } from "./authority.ts";
import { type Faults, memberOf, membersOf, type Place } from "./fault.ts";

/** What extensions add to a rule. */
export type Extras = Pick<RuleOptions, ExtendedMember>;

/** What the extensions of an operation add to its rules. */
export interface Extensions {
  /** To all rules. */
  readonly shared: Extras;
  /** To the rules of entries with a scheme, by its name. */
  readonly byScheme: ReadonlyMap<string, Extras>;
}

export const noExtensions: Extensions = { shared: {}, byScheme: new Map() };

export const nameRepair = "Write the name as a token has it, or with the Application ID URI of ENTRA_API_AUDIENCE.";
/** Names that Entra never writes into `scp`. */
export const neverGranted = new Set(["openid", "profile", "email", "offline_access"]);
/** Alternatives of an operation, and names of one list. More in one list are most likely a mistake. */
export const entriesMaximum = limits.operationAlternatives;

const extensionNames: readonly string[] = extensions.map(([, extension]) => extension);
/** Names the origin of the operations below it. */
export const originExtension = "x-entra-origin";

/** What has extensions. */
export type Holder = "document" | "path item" | "operation" | "object";

/**
 * Whether a member is an extension of entra-gate, or was most likely meant to be one: `x-entra-roles`, `x-entraRoles`.
 */
export function isExtension(name: string): boolean {
  return /^x-entra/i.test(name);
}

/** Records extensions of an object that are unknown, or have no meaning there. */
export function checkExtensions(place: Place, holder: Holder, faults: Faults): void {
  if (!isRecord(place.value)) return;
  for (const name of Object.keys(place.value).filter(isExtension)) {
    const member = memberOf(place, name);
    if (name === originExtension) {
      const repair = "Move it to the document, a path item or an operation.";
      if (holder === "object") faults.add(member, "has no effect here", repair);
    } else if (!extensionNames.includes(name)) {
      const repair = `Use one of ${[...extensionNames, originExtension].join(", ")}.`;
      faults.add(member, "is not an extension of entra-gate", repair);
    } else if (holder !== "operation") {
      faults.add(member, "has no effect here", "Move it to the operations that it concerns.");
    }
  }
}

/**
 * Reads the name of an origin.
 *
 * @param place of the extension
 * @returns `undefined` after a fault, or if there is none
 */
export function readOriginName({ value, ...place }: Place, faults: Faults): string | undefined {
  if (value === undefined || (typeof value === "string" && isOriginName(value) === true)) return value;
  const found = typeof value === "string" ? `is ${JSON.stringify(value)}, which` : "";
  const repair = `Write ${originExtension}: billing for ORIGIN_BILLING_URL, or zone. A name has lower-case letters, digits and _, and no end such as _url.`;
  faults.add(place, `${found} is not the name of an origin`.trim(), repair);
  return undefined;
}

/** Reads the extensions of an operation: each is a value for all entries of `security`, or one for each scheme. */
export function readExtensions(operation: Place, api: Api, faults: Faults): Extensions {
  const shared: Record<string, unknown> = {};
  const byScheme = new Map<string, Record<string, unknown>>();
  for (const [member, name] of extensions) {
    const read = readers[member];
    const place = memberOf(operation, name);
    if (place.value === undefined) continue;
    if (!isRecord(place.value)) {
      const value = read(name, place, api, faults);
      if (value !== undefined) shared[member] = value;
      continue;
    }
    if (Object.keys(place.value).length === 0) faults.add(place, "names no scheme", `Write ${name}: { SCHEME: … }.`);
    for (const [scheme, each] of membersOf(place)) {
      const value = read(name, each, api, faults);
      if (value !== undefined) byScheme.set(scheme, { ...byScheme.get(scheme), [member]: value });
    }
  }
  return Object.keys(shared).length + byScheme.size === 0 ? noExtensions : { shared, byScheme };
}

type ReadValue = (name: string, place: Place, api: Api, faults: Faults) => unknown;

const readList: ReadValue = (name, place, api, faults) => {
  const { value } = place;
  if (isNameList(value) && value.length <= entriesMaximum) {
    const names = [...new Set(value.map((item) => shortenName(api, item)))];
    const mistaken = names.find((item) => describeScopeMistake(item) !== undefined || neverGranted.has(item));
    if (mistaken === undefined) return names;
    faults.add(place, `has ${JSON.stringify(mistaken)}, which is not a name in a token`, nameRepair);
    return undefined;
  }
  faults.add(place, "is not a list of names", `Write ${name}: [NAME].`);
  return undefined;
};

const readGroups: ReadValue = (name, place, _api, faults) => {
  const { value } = place;
  const isList = Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string");
  const [first] = isList
    ? value.flatMap((item) => describeGroupMistake(item) ?? [])
    : ["which is not a list of groups"];
  const mistake = first ?? describeGroupListMistake(value as readonly string[]);
  if (mistake === undefined) return value;
  const problem = first === undefined ? mistake : `has a value ${mistake}`;
  faults.add(place, problem, `Write ${name}: [OBJECT_ID].`);
  return undefined;
};

const readAgent: ReadValue = (_name, place, _api, faults) => {
  if (place.value === "only" || place.value === "never") return place.value;
  faults.add(place, "is not a choice", 'Write "only" or "never".');
  return undefined;
};

const readAuthorities: ReadValue = (name, place, _api, faults) => {
  const { value } = place;
  const isList = Array.isArray(value) && value.length > 0;
  if (isList && value.every(isAuthorityName)) return [...new Set(value)];
  faults.add(place, "is not a list of authorities", `Write ${name}: [default, customers].`);
  return undefined;
};

const readers: Readonly<Record<ExtendedMember, ReadValue>> = {
  from: readAuthorities,
  roles: readList,
  anyScope: readList,
  groups: readGroups,
  anyGroup: readGroups,
  acrs: readList,
  agent: readAgent,
};

/**
 * Finds what applies to an entry of `security`.
 *
 * @param entry with the names of its schemes
 * @returns `undefined` after a fault
 */
export function findExtras({ shared, byScheme }: Extensions, entry: Place, faults: Faults): Extras | undefined {
  const own = membersOf(entry).flatMap(([name]) => byScheme.get(name) ?? []);
  const names = own.flatMap((extras) => Object.keys(extras));
  if (new Set(names).size < names.length) {
    faults.add(entry, "has two schemes that one extension names", "Name one of them in the extension.");
    return undefined;
  }
  return Object.assign({}, shared, ...own);
}
