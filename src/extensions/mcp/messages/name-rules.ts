import { type AuthHook, findRequirement } from "../../../app/part.ts";
import type { Denial } from "../../../base/common/denial.ts";
import { isRecord } from "../../../base/common/objects.ts";
import { checkOptionsOf, isAnything } from "../../../base/common/options.ts";
import { checkRequirement } from "../../../core/policy/requirement.ts";
import type { Access, Requirement } from "../../../core/policy/rule.ts";
import { createUriComparison } from "../addresses/comparison.ts";
import type { Message, TargetKind } from "./message.ts";
import { RpcError } from "./rpc-error.ts";

/** Requirements by name. `"*"` applies to every name that is not in the map. Without `"*"`, such names are refused. */
export type PolicyMap = Readonly<Record<string, AuthHook>>;

/** Maps of an MCP route. Without a map, the route's own requirement is enough. */
export interface NameMaps {
  /** By name of the tool, for `tools/call` and `tools/list`. */
  readonly tools?: PolicyMap;
  /** By name of the prompt, for `prompts/get` and `prompts/list`. */
  readonly prompts?: PolicyMap;
  /** By URI, as the server lists it. A template keeps its braces. */
  readonly resources?: PolicyMap;
}

/**
 * Who may use a name: callers that meet its requirements, or nobody; `undefined` if the route's requirement is enough.
 */
export type NameAccess = EntryAccess | undefined;

type EntryAccess = Extract<Access, { readonly kind: "required" | "closed" }> & {
  /** Names of the map that cover the name; `*` if none does. */
  readonly entries: readonly string[];
};

/** A policy by name, compiled. */
export interface NameRules {
  readonly kinds: ReadonlySet<TargetKind>;
  /** All requirements, for the metadata of the resource. */
  readonly requirements: readonly Requirement[];
  /** Kinds and names of all requirements. */
  readonly entries: readonly (readonly [kind: TargetKind, name: string])[];
  accessOf(kind: TargetKind, name: string): NameAccess;
  /** Who may use names that no entry covers. */
  accessOfOther(kind: TargetKind): NameAccess;
}

const kinds: readonly TargetKind[] = ["tools", "prompts", "resources"];
const denial: Denial = { reason: "requirement_missing", scopes: [] };
/** Of a name that no map covers. */
const uncovered: EntryAccess = { kind: "closed", denial, isReportable: true, entries: ["*"] };
/** Of a name that an origin could read as another name. */
const lookAlike: EntryAccess = { kind: "closed", denial, isReportable: false, entries: ["*"] };

/**
 * Compiles a policy by name.
 *
 * @throws TypeError if a map is empty, or a value is not `requireAuth(…)` or `anyOf(…)`
 */
export function createNameRules(maps: NameMaps): NameRules {
  const compiled = new Map<TargetKind, CompiledMap>();
  const requirements: Requirement[] = [];
  const listed: (readonly [TargetKind, string])[] = [];
  for (const kind of kinds) {
    const map = maps[kind];
    if (map === undefined) continue;
    const entries = readMap(kind, map);
    requirements.push(...entries.values());
    for (const name of entries.keys()) listed.push([kind, name]);
    compiled.set(kind, compile(kind, entries));
  }
  return {
    kinds: new Set(compiled.keys()),
    requirements,
    entries: listed,
    accessOf: (kind, name) => compiled.get(kind)?.accessOf(name),
    accessOfOther: (kind) => compiled.get(kind)?.other,
  };
}

function readMap(kind: TargetKind, map: PolicyMap): ReadonlyMap<string, Requirement> {
  if (!isRecord(map)) {
    throw new TypeError(`mcp: ${kind} must look like { "*": requireAuth("…") }`);
  }
  checkOptionsOf(`mcp: ${kind}`, map, Object.fromEntries(Object.keys(map).map((name) => [name, isAnything])));
  const entries = Object.entries(map).map(([name, hook]) => [name, readRequirement(kind, name, hook)] as const);
  if (entries.length === 0) throw new TypeError(`mcp: ${kind} must have at least one name, or "*"`);
  return new Map(entries);
}

function readRequirement(kind: TargetKind, name: string, hook: AuthHook): Requirement {
  const requirement = findRequirement(hook);
  if (requirement === undefined) {
    throw new TypeError(`mcp: ${kind}[${JSON.stringify(name)}] must be requireAuth(…) or anyOf(…)`);
  }
  return checkRequirement(requirement);
}

interface CompiledMap {
  readonly other: NameAccess;
  accessOf(name: string): NameAccess;
}

function compile(kind: TargetKind, entries: ReadonlyMap<string, Requirement>): CompiledMap {
  const names = [...entries.keys()];
  const compare = kind === "resources" ? createUriComparison(names) : createNameComparison(names);
  const require = (covering: readonly string[]): EntryAccess => {
    const requirements = covering.map((name) => entries.get(name) as Requirement);
    return { kind: "required", requirements: requirements as [Requirement, ...Requirement[]], entries: covering };
  };
  const other = entries.has("*") ? require(["*"]) : uncovered;
  const accessOf = (name: string): NameAccess => {
    if (name !== "*" && entries.has(name)) return require([name]);
    const templates = compare(name);
    if (templates === undefined) return lookAlike;
    return templates.length === 0 ? other : require(templates);
  };
  return { other, accessOf };
}

/**
 * Compares names with the entries of a map. An origin could confuse names that differ only in letter case. Characters
 * outside the specification ("Tool Names") have look-alikes.
 *
 * @returns no templates, because names have none; `undefined` if an origin could read the name as an entry
 */
function createNameComparison(entries: readonly string[]): (name: string) => readonly [] | undefined {
  const known = new Set(entries.map((name) => name.toLowerCase()));
  return (name) => (/^[\w./-]{1,128}$/.test(name) && !known.has(name.toLowerCase()) ? [] : undefined);
}

/**
 * Lists what a message names that a policy can protect.
 *
 * @throws RpcError if a name is missing or is not a string
 */
export function listTargets({ method, rule, params, id }: Message): readonly (readonly [TargetKind, string])[] {
  let { kind } = rule;
  let names: unknown = rule.nameIn && [params[rule.nameIn]];
  if (method === "completion/complete") {
    const { type, name, uri } = isRecord(params.ref) ? params.ref : {};
    kind = type === "ref/prompt" ? "prompts" : "resources";
    names = [type === "ref/prompt" ? name : type === "ref/resource" && uri];
  } else if (method === "subscriptions/listen") {
    const { resourceSubscriptions = [] } = isRecord(params.notifications) ? params.notifications : {};
    kind = "resources";
    names = resourceSubscriptions;
  }
  if (kind === undefined) return [];
  if (!Array.isArray(names)) throw new RpcError(400, "McpInvalidParamsError", "A list must be an array.", id ?? null);
  return names.map((name: unknown) => {
    if (typeof name === "string") return [kind, name];
    throw new RpcError(400, "McpInvalidParamsError", "A name or a URI is missing.", id ?? null);
  });
}
