import { requireAuthorityName } from "../../entra/directory/authority-name.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { describeCustomers } from "../../entra/directory/customer-directory.ts";
import type { Directory } from "../../entra/directory/model.ts";
import { addNumberedMembers } from "../../entra/directory/numbered-members.ts";
import { defaultAuthority, escapePointer, isOriginName, methods } from "../../src/cli-exports/policy.ts";
import { isRecord } from "../../src/cli-exports/text.ts";
import type { Members } from "../compile/fault.ts";
import { type CaseFault, CaseText, parseCases } from "../decisions/case-file.ts";
import { readRules } from "../decisions/read-rules.ts";
import type { PolicyRule } from "../decisions/rule.ts";
import { reasonTexts } from "../explain/reasons.ts";
import { noRouteReasons, unnamedOrigin } from "../project/gate-code.ts";
import type { TrialTokenOptions } from "./trial-authority.ts";
import { allowedStatus } from "./trial-gate.ts";

/** Who sends a request. */
export interface CaseCaller {
  /** Name in `callers`, or the caller itself in short. */
  readonly label: string;
  /** `undefined` sends no token. */
  readonly token: TrialTokenOptions | undefined;
}

/** One request, and the response that the policy must give. */
export interface PolicyCase {
  readonly name: string;
  readonly line: number;
  readonly method: string;
  readonly path: string;
  readonly caller: CaseCaller;
  readonly expect: {
    readonly status: number;
    readonly reason?: string;
    /** Name of the origin, `ORIGIN` for the one without a name. */
    readonly origin?: string;
  };
}

/** The content of a file of cases. */
export interface CaseFile {
  readonly cases: readonly PolicyCase[];
  /** Rules for all callers, which a file may have in place of cases. */
  readonly rules: readonly PolicyRule[];
  /** Named callers, in the order of the file. */
  readonly callers: readonly CaseCaller[];
}

/** The caller without a token. */
export const nobody: CaseCaller = { label: "none", token: undefined };

const sample =
  '{ name: "a user reads an order", method: GET, path: /orders/1, caller: { scopes: [orders.read] }, expect: { status: 200 } }';

type Check = (value: unknown) => string | undefined;

const isName = (value: unknown): value is string => typeof value === "string" && value !== "";
const isNames = (value: unknown) => Array.isArray(value) && value.every(isName);

const ofDirectory =
  (find: (name: string) => object | undefined, what: string): Check =>
  (value) =>
    isName(value) && find(value) !== undefined ? undefined : `is no ${what} of the test authority`;
const names: Check = (value) => (isNames(value) ? undefined : "is not a list of names");

/** Options of a token of a test authority, as data. */
const createTokenChecks = ({ findTenant, findUser, findApp }: Directory): Readonly<Record<string, Check>> => ({
  authority: (value) => (findDirectory(value) === undefined ? "is no name of an authority" : undefined),
  tenant: ofDirectory(findTenant, "tenant"),
  persona: ofDirectory(findUser, "persona"),
  client: ofDirectory(findApp, "client"),
  scopes: names,
  roles: names,
  groups: names,
  acrs: names,
  capabilities: names,
  version: (value) => (value === 1 || value === 2 ? undefined : "is neither 1 nor 2"),
  claims: (value) => (isRecord(value) ? undefined : "is not an object of claims"),
  without: names,
});

const directory = addNumberedMembers(createDirectory());

/** Finds the users and clients of an authority; `undefined` if it has no valid name. */
function findDirectory(authority: unknown = defaultAuthority): Directory | undefined {
  if (authority === defaultAuthority) return directory;
  try {
    requireAuthorityName(String(authority));
    return createDirectory(describeCustomers(String(authority)));
  } catch {
    return undefined;
  }
}

/**
 * Reads a file of cases.
 *
 * @param text YAML 1.2 or JSON
 * @param areCasesOptional whether callers are enough
 * @returns the cases, or every fault
 */
export function readCases(
  text: string,
  areCasesOptional = false,
): CaseFile | { readonly faults: readonly CaseFault[] } {
  const parsed = parseCases(text);
  return parsed instanceof CaseText ? new CaseReader(parsed).read(areCasesOptional) : parsed;
}

class CaseReader {
  readonly #file: CaseText;
  readonly #callers = new Map<string, CaseCaller>();
  readonly #names = new Map<string, number>();

  constructor(file: CaseText) {
    this.#file = file;
  }

  read(areCasesOptional: boolean): ReturnType<typeof readCases> {
    const { value } = this.#file;
    const isList = Array.isArray(value);
    const root = isList ? { cases: value } : value;
    if (!isRecord(root)) {
      this.#file.fault("", "is neither a list of cases nor an object", `Write cases: [${sample}].`);
      return { faults: this.#file.faults };
    }
    this.#file.checkMembers("", root, ["callers", "cases", "rules"]);
    if (root.callers !== undefined) this.#readCallers(root.callers);
    const rules = root.rules === undefined ? [] : readRules(root.rules, this.#file);
    const at = isList ? "" : "/cases";
    const isOptional = areCasesOptional || root.rules !== undefined;
    const { cases = isOptional ? [] : undefined } = root;
    const read =
      Array.isArray(cases) && (cases.length > 0 || isOptional)
        ? cases.flatMap((each, index) => this.#readCase(`${at}/${index}`, each) ?? [])
        : this.#file.fault("", "has neither cases nor rules", `Write cases: [${sample}].`);
    const { faults } = this.#file;
    return faults.length > 0 || read === undefined
      ? { faults }
      : { cases: read, callers: [...this.#callers.values()], rules };
  }

  #readCallers(value: unknown): void {
    if (!isRecord(value)) {
      this.#file.fault("/callers", "is not an object", "Write callers: { reader: { scopes: [orders.read] } }.");
      return;
    }
    for (const [name, each] of Object.entries(value)) {
      const pointer = `/callers/${escapePointer(name)}`;
      if (name === nobody.label) this.#file.fault(pointer, "is the caller without a token", "Choose another name.");
      const token = this.#readToken(pointer, each);
      if (token !== undefined) this.#callers.set(name, { label: name, token });
    }
  }

  #readToken(pointer: string, value: unknown): TrialTokenOptions | undefined {
    if (!isRecord(value)) {
      return this.#file.fault(
        pointer,
        "is not an object",
        "Write { scopes: [orders.read] } or { client: daemon, roles: [Orders.Read.All] }.",
      );
    }
    const before = this.#file.faults.length;
    const tokenChecks = createTokenChecks(findDirectory(value.authority) ?? directory);
    this.#file.checkMembers(pointer, value, Object.keys(tokenChecks));
    for (const [name, check] of Object.entries(tokenChecks)) {
      const problem = value[name] === undefined ? undefined : check(value[name]);
      if (problem !== undefined)
        this.#file.fault(`${pointer}/${name}`, problem, repairs[name] ?? `Write ${name}: [NAME].`);
    }
    return this.#file.faults.length > before ? undefined : (value as TrialTokenOptions);
  }

  #readCase(pointer: string, value: unknown): PolicyCase | undefined {
    if (!isRecord(value)) return this.#file.fault(pointer, "is not an object", `Write ${sample}.`);
    this.#file.checkMembers(pointer, value, ["name", "method", "path", "caller", "claims", "expect"]);
    const { name, method, path, expect } = value;
    const line = this.#file.lineOf(pointer);
    if (!isName(name)) {
      this.#file.fault(`${pointer}/name`, "is missing", 'Write name: "a user reads an order".');
    } else if (this.#names.has(name)) {
      this.#file.fault(
        `${pointer}/name`,
        `repeats the name of the case in line ${this.#names.get(name)}`,
        "Rename one.",
      );
    } else {
      this.#names.set(name, line);
    }
    if (!methods.some((each) => each === method)) {
      this.#file.fault(`${pointer}/method`, "is not a method of a route", `Write ${methods.join(", ")}.`);
    }
    if (typeof path !== "string" || !/^\/[^#\s]*$/.test(path)) {
      this.#file.fault(
        `${pointer}/path`,
        "is not the path of a request",
        "Write path: /orders/1, perhaps with a query.",
      );
    }
    const caller = this.#readCaller(pointer, value);
    this.#checkExpected(`${pointer}/expect`, expect);
    return { name, line, method, path, caller, expect } as PolicyCase;
  }

  #readCaller(pointer: string, { caller, claims }: Members): CaseCaller | undefined {
    if ((caller === undefined) === (claims === undefined)) {
      const repair =
        "Write caller: none, caller: NAME, caller: { scopes: [orders.read] }, or claims: { azp: CLIENT_ID }.";
      return this.#file.fault(pointer, caller === undefined ? "has no caller" : "has both a caller and claims", repair);
    }
    if (caller === nobody.label) return nobody;
    if (typeof caller === "string") {
      const known = this.#callers.get(caller);
      if (known !== undefined) return known;
      const list = [nobody.label, ...this.#callers.keys()].join(", ");
      return this.#file.fault(
        `${pointer}/caller`,
        `is ${JSON.stringify(caller)}, which callers does not have`,
        `Use ${list}.`,
      );
    }
    const token =
      claims === undefined
        ? this.#readToken(`${pointer}/caller`, caller)
        : isRecord(claims)
          ? { claims }
          : this.#file.fault(`${pointer}/claims`, "is not an object of claims", "Write claims: { azp: CLIENT_ID }.");
    return token && { label: JSON.stringify(token).replaceAll('"', ""), token };
  }

  #checkExpected(pointer: string, value: unknown): void {
    if (!isRecord(value)) {
      this.#file.fault(pointer, "is missing", "Write expect: { status: 403, reason: scope_missing }.");
      return;
    }
    this.#file.checkMembers(pointer, value, ["status", "reason", "origin"]);
    const { status, reason, origin } = value;
    if (!Number.isInteger(status) || (status as number) < 200 || (status as number) > 599) {
      this.#file.fault(`${pointer}/status`, "is not a status from 200 to 599", "An allowed request gets 200.");
    }
    const isKnown = Object.hasOwn(reasonTexts, String(reason)) || noRouteReasons.some((each) => each === reason);
    if (reason !== undefined && !isKnown) {
      this.#file.fault(
        `${pointer}/reason`,
        "is not a reason code",
        "Write a code that npx entra-gate docs reference/reasons lists, such as scope_missing.",
      );
    }
    if (origin === undefined) return;
    if (origin !== unnamedOrigin && isOriginName(origin) !== true) {
      const repair = `Write billing for ORIGIN_BILLING_URL, zone, or ${unnamedOrigin} for the origin without a name.`;
      this.#file.fault(`${pointer}/origin`, "is not the name of an origin", repair);
    } else if (status !== allowedStatus) {
      const repair = `Write status: ${allowedStatus}, or remove origin.`;
      this.#file.fault(`${pointer}/origin`, "is for a request that the gate must allow", repair);
    }
  }
}

const repairs: Readonly<Record<string, string>> = {
  authority: "Write default, or a name of the option authorities, such as customers.",
  tenant: "Write contoso for your own tenant, or fabrikam for another.",
  persona: "Write member, admin, guest or outsider.",
  client: "Write spa, daemon or agent. For a client ID, write claims: { azp: CLIENT_ID }.",
  groups: "Write groups: [44444444-5555-6666-7777-888888888888], the object IDs.",
  version: "Write version: 2.",
  claims: "Write claims: { azp: CLIENT_ID }.",
};
