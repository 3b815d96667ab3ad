import { isGuid } from "../../src/cli-exports/common.ts";
import { isOfEachAuthority } from "../../src/cli-exports/gate.ts";
import {
  type downstreamVariables,
  type entryVariables,
  type gateVariables,
  isNamed,
  type issuerVariables,
  type mcpVariables,
  renameVariable,
  type revocationVariables,
} from "../../src/cli-exports/policy.ts";
import { parseJson } from "../../src/cli-exports/text.ts";
import { compareAdmitting, compareRefusing, compareSets, type Effects, harmless } from "./project-change.ts";

/** The variables and bindings of a gate, with all its options. */
export type VariableName =
  | keyof typeof entryVariables
  | keyof typeof gateVariables
  | keyof typeof downstreamVariables
  | keyof typeof revocationVariables
  | keyof typeof issuerVariables
  | keyof typeof mcpVariables;

/** Reads a variable of one side, or what is behind a binding; `undefined` if it is absent, or a secret. */
export type ReadText = (name: VariableName) => string | undefined;

/** @param before as it is written, or what is behind a binding; `undefined` if it is absent */
type Compare = (before: string | undefined, after: string | undefined, sides: readonly [ReadText, ReadText]) => Effects;

/** What a variable decides, and what a change of it does. */
export interface VariableClass {
  /** Who is admitted, where requests or credentials go, both, or neither. */
  readonly decides: "callers" | "destination" | "both" | "neither";
  readonly compare: Compare;
  /** The same for a named origin or authority, if it decides something else there. */
  readonly compareNamed?: Compare;
  /** Whether only routes without a requirement use it. */
  readonly isOfDefault?: true;
}

const neither: VariableClass = { decides: "neither", compare: () => harmless };
const callers = (compare: Compare): VariableClass => ({ decides: "callers", compare });
const ofDefault = (compare: Compare): VariableClass => ({ decides: "callers", compare, isOfDefault: true });
const destination = (compare: Compare): VariableClass => ({ decides: "destination", compare });

const readList = (text: string) => new Set(text.split(/[\s,]+/).filter((item) => item !== ""));
const readGuids = (text: string) => readList(text.toLowerCase());

/** Each item admits more callers. */
const anyOf =
  (absent: "everybody" | "nobody", read = readList): Compare =>
  (before, after) => {
    const admitted = (text: string | undefined) =>
      text === undefined ? (absent === "everybody" ? undefined : new Set<string>()) : read(text);
    return compareSets(admitted(before), admitted(after));
  };

/** Each item refuses more callers. Without the list, all are refused. */
const allOf: Compare = (before, after) =>
  before === undefined || after === undefined
    ? compareAdmitting(before, after)
    : compareSets(readList(after), readList(before));

/** Each of these words admits more callers than the one before it. The first is the default. */
const ranked =
  (...words: readonly [string, ...string[]]): Compare =>
  (before = words[0], after = words[0]) =>
    compareNumbers(words.indexOf(before.trim()), words.indexOf(after.trim()));

const amount =
  (fallback: number): Compare =>
  (before = String(fallback), after = String(fallback)) =>
    compareNumbers(Number(before), Number(after));

function compareNumbers(before: number, after: number): Effects {
  return before === after ? harmless : after > before ? ["weaker"] : ["stronger"];
}

/** Neither side's callers are a subset of the other's. */
const replaced =
  (fallback = ""): Compare =>
  (before = fallback, after = fallback) =>
    readAddress(before) === readAddress(after) ? harmless : ["weaker", "stronger"];

/** Requests or credentials go elsewhere. */
const moved: Compare = (before = "", after = "") =>
  readAddress(before) === readAddress(after) ? harmless : ["elsewhere"];

/** An address with and without a slash at its end is the same. */
const readAddress = (text: string) => URL.parse(text.trim())?.href ?? text.trim();

/** The origin gets nothing with the word `strip`, and something else with each other word. */
const sent =
  (fallback: string): Compare =>
  (before = fallback, after = fallback) =>
    before.trim() === after.trim() ? harmless : after.trim() === "strip" ? ["stronger"] : ["elsewhere"];

/** The origin gets more with each item, and nothing without the list. */
const sentItems: Compare = (before = "", after = "") =>
  compareSets(readList(before), readList(after)).map((kind) => (kind === "weaker" ? "elsewhere" : kind));

/** An allowlist applies in place of the tenant. The change is that of the allowlist if both change. */
const tenants =
  (isAllowlist: boolean): Compare =>
  (_before, _after, sides) => {
    const [was, is] = sides.map((read) => read("ENTRA_ALLOWED_TENANTS"));
    if (!isAllowlist && was !== is) return harmless;
    const [before, after] = sides.map(readTenants);
    if (before === undefined || after === undefined) return before === after ? harmless : ["unknown"];
    return compareSets(before.allowed, after.allowed);
  };

/** @returns `undefined` if the side does not show it. Without `allowed`, any tenant may call */
function readTenants(read: ReadText): { readonly allowed?: ReadonlySet<string> } | undefined {
  const allowed = read("ENTRA_ALLOWED_TENANTS") ?? read("ENTRA_TENANT_ID");
  if (allowed === undefined) return undefined;
  return allowed.trim().toLowerCase() === "organizations" ? {} : { allowed: readGuids(allowed) };
}

/** The gate's own tokens come from the tenant, also if an allowlist says which tenants may call. */
const homeTenant: Compare = (before, after, sides) => {
  const own = tenants(false)(before, after, sides);
  const [was, is] = [before, after].map((text) => text?.trim().toLowerCase());
  const isMoved = isGuid(was ?? "") && isGuid(is ?? "") && was !== is;
  return isMoved ? [...own, "elsewhere"] : own;
};

/** A gate needs it. If one side does not have it, a secret may. */
const required =
  (compare: Compare): Compare =>
  (before, after, sides) =>
    (before === undefined) === (after === undefined) ? compare(before, after, sides) : ["unknown"];

/** The page answers in place of a route. */
const healthPath: Compare = (before, after, sides) => {
  const isServed = sides.every((read) => (read("GATE_HEALTH") ?? "off") !== "off");
  return isServed ? replaced("/.well-known/entra-gate/health")(before, after, sides) : harmless;
};

/** A list of revoked callers is at another place, which gets the token for it. */
const revocationsUrl: Compare = (before, after) => {
  const refusing = compareRefusing(before && readAddress(before), after && readAddress(after));
  return refusing.length === 0 || after === undefined ? refusing : [...refusing, "elsewhere"];
};

/** A limit refuses callers. If only the numbers differ, they decide. */
const limiter: Compare = (before, after) => {
  const [was, is] = [before, after].map(readRate);
  return was === undefined || is === undefined || was.rest !== is.rest
    ? compareRefusing(before, after)
    : compareNumbers(was.perSecond, is.perSecond);
};

function readRate(target = ""): { readonly perSecond: number; readonly rest: string } | undefined {
  const [rest = "", text] = target.split(" simple=");
  if (text === undefined) return undefined;
  const { limit, period } = parseJson(text) as { readonly limit: number; readonly period: number };
  return { perSecond: limit / period, rest };
}

/** The class of each variable. It is exhaustive, so a new variable does not compile without one. */
export const variableClasses: Readonly<Record<VariableName, VariableClass>> = {
  ENTRA_TENANT_ID: { decides: "both", compare: homeTenant, compareNamed: tenants(false) },
  ENTRA_ALLOWED_TENANTS: callers(tenants(true)),
  ENTRA_API_AUDIENCE: callers(required(anyOf("nobody"))),
  ENTRA_REQUIRED_SCOPE: ofDefault(allOf),
  ENTRA_REQUIRED_ROLE: ofDefault(anyOf("nobody")),
  ENTRA_REQUIRED_GROUP: ofDefault(anyOf("everybody", readGuids)),
  ENTRA_ALLOWED_CLIENTS: callers(anyOf("everybody", readGuids)),
  ENTRA_CLOUD: callers(replaced("public")),
  ENTRA_AUTHORITY: callers(replaced()),
  ENTRA_ACCEPT_V1: callers(ranked("false", "true")),
  ENTRA_CLOCK_SKEW_SECONDS: callers(amount(60)),
  GATE_URL: callers(anyOf("everybody")),
  // Behind a proxy, requests over plain HTTP count as those over TLS.
  GATE_TLS_PROXY: callers(ranked("false", "true")),
  GATE_TLS_PROXY_HOPS: neither,
  GATE_MODE: callers(ranked("enforce", "report")),
  GATE_LOG_ALLOWED: neither,
  GATE_LOG_SUBJECT: neither,
  GATE_LOG_KEY: neither,
  GATE_SERVER_TIMING: neither,
  ENTRA_CLIENT_ID: neither,
  ENTRA_CLIENT_CERTIFICATE: neither,
  ENTRA_CLIENT_CERTIFICATE_PREVIOUS: neither,
  ENTRA_CLIENT_SECRET: neither,
  ENTRA_CLIENT_SECRET_PREVIOUS: neither,
  ORIGIN_URL: destination(moved),
  // It only allows what ORIGIN_URL then says, but a binding can say it too.
  ORIGIN_PLAINTEXT: destination((before, after, sides) =>
    ranked("false", "true")(before, after, sides).map((kind) => (kind === "weaker" ? "elsewhere" : kind)),
  ),
  ORIGIN_AUTHORIZATION: destination(sent("forward")),
  ORIGIN_SCOPE: destination(sentItems),
  ORIGIN_COOKIES: { ...destination(sent("forward")), compareNamed: sent("strip") },
  GATE_HEALTH: callers(ranked("off", "guarded", "public")),
  GATE_HEALTH_PATH: callers(healthPath),
  ORIGIN: destination(moved),
  RATE_LIMITER: callers(limiter),
  DECISIONS: neither,
  // It keeps tokens, encrypted.
  TOKEN_CACHE: destination((before, after) => (after === undefined || after === before ? harmless : ["elsewhere"])),
  TOKEN_CACHE_KEY: neither,
  REVOCATIONS: callers(compareRefusing),
  GATE_REVOCATIONS_URL: { decides: "both", compare: revocationsUrl },
  GATE_REVOCATIONS_TOKEN: neither,
  GATE_ISSUER: neither,
  GATE_SIGNING_KEY: neither,
  // Whoever has the private key of a published one can sign assertions that origins and Entra accept.
  GATE_SIGNING_KEY_OTHER: callers(compareAdmitting),
  ORIGIN_ASSERTION: neither,
  ORIGIN_AUDIENCE: destination(moved),
  ENTRA_CLIENT_KEY: neither,
  ENTRA_CLIENT_KEY_OTHER: callers(compareAdmitting),
  ENTRA_CLIENT_FEDERATION: neither,
  ENTRA_CLIENT_SUBJECT: neither,
  GATE_SESSION_KEY: neither,
  ENTRA_APP_ID_URI: neither,
};

/** The class of a variable as an operator writes it. */
export interface FoundClass extends VariableClass {
  /** Name of the origin, for a variable of a named one. */
  readonly origin?: string;
}

/**
 * Finds the class of a variable or binding.
 *
 * @param isObject whether it is a binding or a secret
 * @returns `undefined` if it is none of a gate
 */
export function findClass(name: string, isObject: boolean): FoundClass | undefined {
  const rows = Object.entries(variableClasses);
  const own = rows.find(([row]) => isNamed(row, name));
  if (own !== undefined) return own[1];
  const authority = rows.find(([row]) => isOfEachAuthority(row) && isNamed(nameOfAny(row), name));
  if (authority !== undefined) return describeNamed(authority, name);
  const named = rows.find(
    ([row]) => row.startsWith("ORIGIN_") && name.startsWith("ORIGIN_") && name === renameOf(row, name),
  );
  if (named !== undefined) {
    const [row, { compareNamed, ...others }] = named;
    const origin = readOriginName(name.slice(0, -endOf(row).length));
    return { ...others, ...(compareNamed && { compare: compareNamed }), origin };
  }
  return isObject && name.startsWith("ORIGIN_")
    ? { ...variableClasses.ORIGIN, origin: readOriginName(name) }
    : undefined;
}

/** Name of a variable for any authority with a name. */
const nameOfAny = (row: string) => row.replace(/^ENTRA_/, "ENTRA_<NAME>_");

/** The class of a variable of a named authority, which decides together with others of that authority. */
function describeNamed([row, own]: readonly [string, VariableClass], name: string): VariableClass {
  const prefix = name.slice(0, -row.slice("ENTRA".length).length) as `ENTRA_${string}`;
  const readOwn = (read: ReadText) => (variable: VariableName) =>
    read(renameVariable(variable, prefix) as VariableName);
  const { compare, compareNamed = compare, ...others } = own;
  return {
    ...others,
    compare: (before, after, [was, is]) => compareNamed(before, after, [readOwn(was), readOwn(is)]),
  };
}

/** The end of a variable of an origin: `_URL`. */
const endOf = (row: string) => row.slice("ORIGIN".length);

/** Name of a row for the named origin with which a name begins; `undefined` if the two names end differently. */
function renameOf(row: string, name: string): string | undefined {
  return name.endsWith(endOf(row)) ? renameVariable(row, name.slice(0, -endOf(row).length) as "ORIGIN") : undefined;
}

const readOriginName = (prefix: string) => prefix.slice("ORIGIN_".length).toLowerCase();
