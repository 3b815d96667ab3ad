import {
  findMistake,
  isPath,
  type MemberName,
  members,
  methods,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import { isNameList, isRecord } from "../../src/cli-exports/text.ts";
import type { Members } from "../compile/fault.ts";
import { type CaseFault, CaseText, parseCases } from "./case-file.ts";
import type { PolicyRule, RequestPattern, RuleKind } from "./rule.ts";

const kinds: readonly RuleKind[] = ["never", "only", "public", "always"];
const memberNames = Object.keys(members) as MemberName[];
const sample = '{ name: only admins, only: { who: { roles: [Admin] }, requests: "* /admin/*" } }';
/** Says how the requests of a kind of rule are written. */
const writeRequestSample = (kind: RuleKind) =>
  kind === "public"
    ? 'Write public: ["GET /health", "GET /docs/*"].'
    : 'Write requests: "GET /orders/*", "* /admin/*" or "POST /mcp tools/delete_order".';

/** More are most likely generated, and take minutes. */
const rulesMaximum = 1_000;

/**
 * Reads the rules of a file of cases, and nothing else of it.
 *
 * @param text YAML 1.2 or JSON
 */
export function readRuleFile(text: string): readonly PolicyRule[] | { readonly faults: readonly CaseFault[] } {
  const parsed = parseCases(text);
  if (!(parsed instanceof CaseText)) return parsed;
  const { value } = parsed;
  const rules = readRules(isRecord(value) ? value.rules : undefined, parsed);
  return parsed.faults.length > 0 ? { faults: parsed.faults } : rules;
}

/**
 * Reads the rules of a file of cases.
 *
 * @returns the rules without a mistake
 */
export function readRules(value: unknown, file: CaseText): readonly PolicyRule[] {
  if (!Array.isArray(value) || value.length === 0) {
    file.fault("/rules", Array.isArray(value) ? "is empty" : "is not a list of rules", `Write rules: [${sample}].`);
    return [];
  }
  if (value.length > rulesMaximum) {
    file.fault("/rules", `has more than ${rulesMaximum} rules`, "Split the file.");
    return [];
  }
  const names = new Map<string, number>();
  return value.flatMap((each, index) => readRule(`/rules/${index}`, each, file, names) ?? []);
}

function readRule(pointer: string, value: unknown, file: CaseText, names: Map<string, number>): PolicyRule | undefined {
  if (!isRecord(value)) return file.fault(pointer, "is not an object", `Write ${sample}.`);
  file.checkMembers(pointer, value, ["name", ...kinds]);
  const line = file.lineOf(pointer);
  const [kind, another] = kinds.filter((each) => value[each] !== undefined);
  if (kind === undefined || another !== undefined) {
    const problem = kind === undefined ? `has none of ${kinds.join(", ")}` : `has both ${kind} and ${another}`;
    return file.fault(pointer, problem, `Write a rule with one of them: ${sample}.`);
  }
  const at = `${pointer}/${kind}`;
  const about = kind === "public" ? { requests: value.public } : value[kind];
  if (!isRecord(about)) {
    return file.fault(at, "is not an object with who and requests", `Write ${sample}.`);
  }
  if (kind !== "public") file.checkMembers(at, about, ["who", "requests", "except"]);
  const who = kind === "public" ? [] : readWho(`${at}/who`, about.who, file);
  const requests = readRequests(kind === "public" ? at : `${at}/requests`, about.requests, kind, file);
  const except = about.except === undefined ? [] : readRequests(`${at}/except`, about.except, kind, file);
  if (who === undefined || requests === undefined || except === undefined) return undefined;
  const name = value.name ?? describeRule(kind, about);
  if (typeof name !== "string" || name === "") {
    return file.fault(`${pointer}/name`, "is not a name", "Write name: only admins.");
  }
  if (names.has(name)) {
    const problem = `repeats the rule ${JSON.stringify(name)} of line ${names.get(name)}`;
    return file.fault(pointer, problem, "Give one of them another name, for example name: only admins. Or remove one.");
  }
  names.set(name, line);
  return { name, line, kind, who, requests, except };
}

/** `only { roles: [Admin] }: * /admin/*` */
function describeRule(kind: RuleKind, { who, requests, except }: Members): string {
  const callers = who === undefined ? "" : ` ${writeShort(who)}`;
  const others = except === undefined ? "" : ` except ${[except].flat().join(", ")}`;
  return `${kind}${callers}: ${[requests].flat().join(", ")}${others}`;
}

function writeShort(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ");
}

function readWho(pointer: string, value: unknown, file: CaseText): readonly RuleOptions[] | undefined {
  const isList = Array.isArray(value) && value.length > 0;
  const all = isList ? value : [value];
  const read = all.map((each, index) => readCallers(isList ? `${pointer}/${index}` : pointer, each, file));
  const known = read.filter((each) => each !== undefined);
  return known.length === read.length ? known : undefined;
}

function readCallers(pointer: string, value: unknown, file: CaseText): RuleOptions | undefined {
  if (!isRecord(value)) {
    const repair = "Write who: { kind: app }, who: { roles: [Admin] }, or who: {} for any caller with a token.";
    const isEmpty = Array.isArray(value) && value.length === 0;
    const problem = isEmpty ? "is empty" : value === undefined ? "is missing" : "is not an object";
    return file.fault(pointer, problem, repair);
  }
  file.checkMembers(pointer, value, memberNames);
  if (Object.keys(value).some((name) => !Object.hasOwn(members, name))) return undefined;
  for (const name of memberNames) {
    if (value[name] === undefined) continue;
    const { choices } = members[name];
    const isKnown = choices === undefined ? isNameList(value[name]) : choices.some((choice) => choice === value[name]);
    if (isKnown) continue;
    const problem = choices === undefined ? "is not a list of names" : `is not ${choices.join(" or ")}`;
    return file.fault(`${pointer}/${name}`, problem, `Write ${name}: ${choices?.[0] ?? "[NAME]"}.`);
  }
  const mistake = findMistake(value);
  if (mistake !== undefined) return file.fault(pointer, `cannot hold: ${mistake}`, "Correct this value, or remove it.");
  const ofUsers = memberNames.find((name) => members[name].isOfUsers && value[name] !== undefined);
  if (ofUsers === undefined || value.kind !== "app") return value;
  const problem = `holds for no caller: no app has ${ofUsers}, so no policy could break the rule`;
  return file.fault(pointer, problem, "Remove one of the two members, or write kind: user.");
}

function readRequests(
  pointer: string,
  value: unknown,
  kind: RuleKind,
  file: CaseText,
): readonly RequestPattern[] | undefined {
  const texts = typeof value === "string" ? [value] : value;
  // No request may be public with an empty list.
  if (!Array.isArray(texts) || (texts.length === 0 && kind !== "public")) {
    const problem = value === undefined ? "is missing" : "is neither a request nor a list of requests";
    return file.fault(pointer, Array.isArray(texts) ? "is empty" : problem, writeRequestSample(kind));
  }
  const read = texts.map((text, index) => {
    const at = Array.isArray(value) ? `${pointer}/${index}` : pointer;
    return readRequest(at, text, kind, file);
  });
  const known = read.filter((each) => each !== undefined);
  return known.length === read.length ? known : undefined;
}

function readRequest(pointer: string, value: unknown, kind: RuleKind, file: CaseText): RequestPattern | undefined {
  const [, method = "", path, messageKind, name] =
    /^(\S+) +(\/\S*)(?: +(tools|prompts|resources)\/(\S.*))?$/.exec(String(value)) ?? [];
  if (typeof value !== "string" || path === undefined) {
    return file.fault(pointer, `is ${JSON.stringify(value)}, which is no request`, writeRequestSample(kind));
  }
  if (method !== "*" && !methods.some((each) => each === method)) {
    return file.fault(pointer, `has the method ${JSON.stringify(method)}`, `Use ${methods.join(", ")} or *.`);
  }
  if (!isPath(path)) {
    const repair = "Write /orders, /orders/:id or /orders/*, as for a route.";
    return file.fault(pointer, `has the path ${JSON.stringify(path)}, which is no path of a route`, repair);
  }
  if (messageKind !== undefined && method !== "POST" && method !== "*") {
    return file.fault(
      pointer,
      `names ${messageKind}/${name}, but only POST has messages`,
      "Write POST /mcp tools/delete_order.",
    );
  }
  if (kind === "public" && method === "*" && path === "/*" && messageKind === undefined) {
    return file.fault(
      pointer,
      "allows every request to be public, so no policy could break the rule",
      writeRequestSample(kind),
    );
  }
  const message = messageKind === undefined || name === undefined ? undefined : ([messageKind, name] as const);
  return { text: value, method, path, message };
}
