import {
  findMistake,
  isPath,
  type MemberName,
  members,
  methods,
  type RuleOptions,
} from "../../src/cli-exports/policy.ts";
import { type PolicyRule, type RequestPattern, type RuleKind, rulesMaximum } from "../decisions/rules.ts";

/** What a reader of a part of a file of cases uses. */
export interface FileReader {
  lineOf(pointer: string): number;
  /** Records a mistake. @param problem clause about the value */
  fault(pointer: string, problem: string, repair: string): undefined;
  /** Records the members of an object that are not known. */
  checkMembers(pointer: string, value: Members, known: readonly string[]): void;
}

type Members = Readonly<Record<string, unknown>>;

const kinds: readonly RuleKind[] = ["never", "only", "public", "always"];
const memberNames = Object.keys(members) as MemberName[];
const sample = '{ name: only admins, only: { who: { roles: [Admin] }, requests: "* /admin/*" } }';
const requestSample = 'Write requests: "GET /orders/*", "* /admin/*" or "POST /mcp tools/delete_order".';

/**
 * Reads the rules of a file of cases.
 *
 * @returns the rules without a mistake
 */
export function readRules(value: unknown, reader: FileReader): readonly PolicyRule[] {
  if (!Array.isArray(value) || value.length === 0) {
    reader.fault("/rules", "is not a list of rules", `Write rules: [${sample}].`);
    return [];
  }
  if (value.length > rulesMaximum) {
    reader.fault("/rules", `has more than ${rulesMaximum} rules`, "Split the file.");
    return [];
  }
  const names = new Map<string, number>();
  return value.flatMap((each, index) => readRule(`/rules/${index}`, each, reader, names) ?? []);
}

function readRule(
  pointer: string,
  value: unknown,
  reader: FileReader,
  names: Map<string, number>,
): PolicyRule | undefined {
  if (!isMembers(value)) return reader.fault(pointer, "is not a rule", `Write ${sample}.`);
  reader.checkMembers(pointer, value, ["name", ...kinds]);
  const line = reader.lineOf(pointer);
  const [kind, another] = kinds.filter((each) => value[each] !== undefined);
  if (kind === undefined || another !== undefined) {
    const problem = kind === undefined ? "says nothing" : `says both ${kind} and ${another}`;
    return reader.fault(pointer, problem, `Write one of ${kinds.join(", ")}: ${sample}.`);
  }
  const at = `${pointer}/${kind}`;
  const about = kind === "public" ? { requests: value.public } : value[kind];
  if (!isMembers(about)) {
    return reader.fault(at, "is not an object with who and requests", `Write ${sample}.`);
  }
  if (kind !== "public") reader.checkMembers(at, about, ["who", "requests"]);
  const who = kind === "public" ? [] : readWho(`${at}/who`, about.who, reader);
  const requests = readRequests(kind === "public" ? at : `${at}/requests`, about.requests, kind, reader);
  if (who === undefined || requests === undefined) return undefined;
  const name = value.name ?? describeRule(kind, about);
  if (typeof name !== "string" || name === "") {
    return reader.fault(`${pointer}/name`, "is not a name", "Write name: only admins.");
  }
  if (names.has(name)) {
    const problem = `repeats the rule ${JSON.stringify(name)} of line ${names.get(name)}`;
    return reader.fault(pointer, problem, "Rename one with name, or remove one.");
  }
  names.set(name, line);
  return { name, line, kind, who, requests };
}

/** `only { roles: [Admin] }: * /admin/*` */
function describeRule(kind: RuleKind, { who, requests }: Members): string {
  const callers = who === undefined ? "" : ` ${writeShort(who)}`;
  return `${kind}${callers}: ${[requests].flat().join(", ")}`;
}

function writeShort(value: unknown): string {
  return JSON.stringify(value).replaceAll('"', "").replaceAll(",", ", ").replaceAll(":", ": ");
}

function readWho(pointer: string, value: unknown, reader: FileReader): readonly RuleOptions[] | undefined {
  const isList = Array.isArray(value) && value.length > 0;
  const all = isList ? value : [value];
  const read = all.map((each, index) => readCallers(isList ? `${pointer}/${index}` : pointer, each, reader));
  const known = read.filter((each) => each !== undefined);
  return known.length === read.length ? known : undefined;
}

function readCallers(pointer: string, value: unknown, reader: FileReader): RuleOptions | undefined {
  if (!isMembers(value)) {
    const repair = "Write who: { kind: app }, who: { roles: [Admin] }, or who: {} for any caller with a token.";
    return reader.fault(pointer, value === undefined ? "is missing" : "is not an object", repair);
  }
  reader.checkMembers(pointer, value, memberNames);
  if (Object.keys(value).some((name) => !Object.hasOwn(members, name))) return undefined;
  for (const name of memberNames) {
    if (value[name] === undefined) continue;
    const { choices } = members[name];
    const isKnown = choices === undefined ? isList(value[name]) : choices.some((choice) => choice === value[name]);
    if (isKnown) continue;
    const problem = choices === undefined ? "is not a list of names" : `is not ${choices.join(" or ")}`;
    return reader.fault(`${pointer}/${name}`, problem, `Write ${name}: ${choices?.[0] ?? "[NAME]"}.`);
  }
  const mistake = findMistake(value);
  if (mistake !== undefined) return reader.fault(pointer, `cannot hold: ${mistake}`, "Correct the name.");
  const ofUsers = memberNames.find((name) => members[name].isOfUsers && value[name] !== undefined);
  if (ofUsers === undefined || value.kind !== "app") return value;
  const problem = `holds for no caller: no app has ${ofUsers}, so no policy could break the rule`;
  return reader.fault(pointer, problem, "Remove one of the two members, or write kind: user.");
}

function readRequests(
  pointer: string,
  value: unknown,
  kind: RuleKind,
  reader: FileReader,
): readonly RequestPattern[] | undefined {
  const texts = typeof value === "string" ? [value] : value;
  // No request may be public with an empty list.
  if (!Array.isArray(texts) || (texts.length === 0 && kind !== "public")) {
    return reader.fault(pointer, "is neither a request nor a list of requests", requestSample);
  }
  const read = texts.map((text, index) => {
    const at = Array.isArray(value) ? `${pointer}/${index}` : pointer;
    return readRequest(at, text, kind, reader);
  });
  const known = read.filter((each) => each !== undefined);
  return known.length === read.length ? known : undefined;
}

function readRequest(pointer: string, value: unknown, kind: RuleKind, reader: FileReader): RequestPattern | undefined {
  const [, method = "", path, messageKind, name] =
    /^(\S+) +(\/\S*)(?: +(tools|prompts|resources)\/(\S.*))?$/.exec(String(value)) ?? [];
  if (typeof value !== "string" || path === undefined) {
    return reader.fault(pointer, `is ${JSON.stringify(value)}, which is no request`, requestSample);
  }
  if (method !== "*" && !methods.some((each) => each === method)) {
    return reader.fault(pointer, `has the method ${JSON.stringify(method)}`, `Use ${methods.join(", ")} or *.`);
  }
  if (!isPath(path)) {
    const repair = "Write /orders, /orders/:id or /orders/*, as for a route.";
    return reader.fault(pointer, `has the path ${JSON.stringify(path)}, which is no path of a route`, repair);
  }
  if (messageKind !== undefined && method !== "POST" && method !== "*") {
    return reader.fault(pointer, `has a name, which only POST has`, "Write POST /mcp tools/delete_order.");
  }
  if (kind === "public" && method === "*" && path === "/*" && messageKind === undefined) {
    return reader.fault(pointer, "allows every request to be public, so no policy could break the rule", "Name paths.");
  }
  const message = messageKind === undefined || name === undefined ? undefined : ([messageKind, name] as const);
  return { text: value, method, path, message };
}

function isMembers(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === "string" && item !== "");
}
