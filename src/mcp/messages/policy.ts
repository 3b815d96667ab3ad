import type { AuthHook } from "../../app/types/auth.ts";
import { checkOptionsOf, isAnything } from "../../common/options.ts";
import { checkRequirement, type Requirement } from "../../policy/requirement.ts";
import { isObject, type Message } from "./message.ts";
import type { TargetKind } from "./protocol.ts";
import { RpcError } from "./rpc-error.ts";
import { readTemplate, readUri } from "./uri.ts";

/** Requirements by name. `"*"` applies to every name that is not in the map. */
export type PolicyMap = Readonly<Record<string, AuthHook>>;

/** Maps of an MCP route. Without a map, the route's own requirement is enough. */
export interface PolicyMaps {
  readonly tools?: PolicyMap;
  readonly prompts?: PolicyMap;
  /** By URI, as the server lists it. A template keeps its braces. */
  readonly resources?: PolicyMap;
}

/** What a name requires of its caller. */
export type Verdict =
  | { readonly kind: "free" }
  | { readonly kind: "required"; readonly requirements: readonly [Requirement, ...Requirement[]] }
  /** No map covers the name, which report mode reports; or an origin could read it as another name. */
  | { readonly kind: "refused"; readonly isReportable: boolean };

/** A policy by name, compiled. */
export interface NamePolicy {
  readonly kinds: ReadonlySet<TargetKind>;
  /** All requirements, for the metadata of the resource. */
  readonly requirements: readonly Requirement[];
  decide(kind: TargetKind, name: string): Verdict;
}

const kinds: readonly TargetKind[] = ["tools", "prompts", "resources"];
const free: Verdict = { kind: "free" };
const refused: Verdict = { kind: "refused", isReportable: false };
const uncovered: Verdict = { kind: "refused", isReportable: true };

/**
 * Compiles a policy by name.
 *
 * @throws TypeError if a map is empty, or a value is not `requireAuth(…)` or `anyOf(…)`
 */
export function createPolicy(maps: PolicyMaps): NamePolicy {
  const compiled = new Map<TargetKind, (name: string) => Verdict>();
  const requirements: Requirement[] = [];
  for (const kind of kinds) {
    const map = maps[kind];
    if (map === undefined) continue;
    const entries = readMap(kind, map);
    requirements.push(...entries.values());
    compiled.set(kind, compile(kind, entries));
  }
  return {
    kinds: new Set(compiled.keys()),
    requirements,
    decide: (kind, name) => compiled.get(kind)?.(name) ?? free,
  };
}

function readMap(kind: TargetKind, map: PolicyMap): ReadonlyMap<string, Requirement> {
  if (typeof map !== "object" || map === null || Array.isArray(map)) {
    throw new TypeError(`mcp: ${kind} must look like { "*": requireAuth("…") }`);
  }
  checkOptionsOf(`mcp: ${kind}`, map, Object.fromEntries(Object.keys(map).map((name) => [name, isAnything])));
  const entries = Object.entries(map).map(([name, hook]) => [name, readRequirement(kind, name, hook)] as const);
  if (entries.length === 0) throw new TypeError(`mcp: ${kind} must have at least one name, or "*"`);
  return new Map(entries);
}

function readRequirement(kind: TargetKind, name: string, hook: AuthHook): Requirement {
  const [only, ...others] = Object.keys(Object(hook));
  if (only !== "requirement" || others.length > 0) {
    throw new TypeError(`mcp: ${kind}[${JSON.stringify(name)}] must be requireAuth(…) or anyOf(…)`);
  }
  return checkRequirement(hook.requirement);
}

function compile(kind: TargetKind, entries: ReadonlyMap<string, Requirement>): (name: string) => Verdict {
  const read = kind === "resources" ? readUri : readName;
  const names = [...entries.keys()];
  const known = new Set(names.map((name) => read(name)?.[0]));
  const templates = kind === "resources" ? names.flatMap((name) => listTemplates(name, entries)) : [];
  const wildcard = entries.get("*");
  const other: Verdict = wildcard === undefined ? uncovered : { kind: "required", requirements: [wildcard] };
  return (name) => {
    const exact = name === "*" ? undefined : entries.get(name);
    if (exact !== undefined) return { kind: "required", requirements: [exact] };
    const readings = read(name);
    if (readings === undefined || readings.some((reading) => known.has(reading))) return refused;
    const [first, ...others] = templates.filter(({ template }) => template.matches(name));
    if (first !== undefined) {
      return { kind: "required", requirements: [first.requirement, ...others.map(({ requirement }) => requirement)] };
    }
    const isLike = templates.some(({ template }) => readings.some((reading) => template.matchesReading(reading)));
    return isLike ? refused : other;
  };
}

function listTemplates(name: string, entries: ReadonlyMap<string, Requirement>) {
  const template = readTemplate(name);
  return template === undefined ? [] : [{ template, requirement: entries.get(name) as Requirement }];
}

/**
 * Returns one form for all names that an origin could confuse, for example because it ignores letter case. Characters
 * outside the specification ("Tool Names") have look-alikes.
 *
 * @returns `undefined` for a name with such a character
 */
function readName(name: string): readonly [string] | undefined {
  return /^[\w./-]{1,128}$/.test(name) ? [name.toLowerCase()] : undefined;
}

/**
 * Lists what a message names that a policy can protect.
 *
 * @throws RpcError if a name is missing or is not a string
 */
export function listTargets({ method, rule, params, id }: Message): readonly (readonly [TargetKind, string])[] {
  const take = (kind: TargetKind, value: unknown): readonly [TargetKind, string] => {
    if (typeof value === "string") return [kind, value];
    throw new RpcError(400, "McpInvalidParamsError", "A name or a URI is missing.", id ?? null);
  };
  if (rule.kind !== undefined) return [take(rule.kind, params[rule.nameIn as string])];
  if (method === "completion/complete") {
    const { type, name, uri } = isObject(params.ref) ? params.ref : {};
    if (type === "ref/prompt") return [take("prompts", name)];
    return [take("resources", type === "ref/resource" ? uri : undefined)];
  }
  if (method !== "subscriptions/listen") return [];
  const { resourceSubscriptions = [] } = isObject(params.notifications) ? params.notifications : {};
  if (!Array.isArray(resourceSubscriptions))
    throw new RpcError(400, "McpInvalidParamsError", "A list must be an array.", id ?? null);
  return resourceSubscriptions.map((uri) => take("resources", uri));
}
