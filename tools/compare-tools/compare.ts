import { createPolicy } from "../../cli/decisions/policy.ts";
import { allOther, type Change, comparePolicies, unsafeKinds } from "../../cli/diff/compare.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import { examineRoutes } from "../../cli/doctor/routes.ts";
import { explain } from "../../cli/explain/explain.ts";
import type { Explanation } from "../../cli/explain/facts/explanation.ts";
import { type Keys, takeKeysFromAuthority } from "../../cli/explain/keys.ts";
import { type GateCode, type RouteTable, tableOf } from "../../cli/project/gate-code.ts";
import { readModule } from "../../cli/project/load-gate.ts";
import { createTrialGate, type TrialGate } from "../../cli/test/trial-gate.ts";
import { createTestEntra, tenants as directory } from "../../entra/testing.ts";
import { defaultAuthority } from "../../src/base/common/authority-name.ts";
import { platformIo } from "../../src/base/common/io.ts";
import { describeDenial } from "../../src/base/common/refusal.ts";
import { normalizePath } from "../../src/base/http/path.ts";
import { readConfig } from "../../src/core/config/config.ts";
import {
  type CallerSpec,
  createAllCallers,
  createCaller,
  createTokens,
  describeToken,
  type Entras,
} from "./callers.ts";
import { type Choice, createChoice } from "./choice.ts";
import { findRepetition, includesCaller, readCaller } from "./phrases.ts";
import { createMessage, createRequest, type RequestSpec } from "./requests.ts";
import { changeTable, codeKinds, createTable, customers, enforceTable, otherClient, type TableSpec } from "./tables.ts";
import { type Answer, answerFor, base, HalfDeclaredError, type RunningWorker, startWorker } from "./workers.ts";

/** One difference between what a tool says and what a worker does. */
export interface Difference {
  readonly tool: "explain" | "test" | "diff" | "doctor";
  readonly seed: number;
  readonly table: TableSpec;
  /** What was asked, what the tool said and what the worker did. */
  readonly what: object;
}

/** What was compared. */
export interface Comparison {
  /** Requests of callers that a worker has decided, and about which the tools were asked. */
  readonly decisions: number;
  /** How often a tool was asked, and how often it did not know. */
  readonly asked: Readonly<Record<string, number>>;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly differences: readonly Difference[];
}

const requestsPerTable = 12;
const callersPerRequest = 4;
/** Requests of which those are sent whose requirement a change of the table changes, and at most so many. */
const changedRequests = 24;
const changedRequestsMaximum = 4;

/**
 * Compares the tools with workers, until enough decisions are compared.
 *
 * @param cases number of decisions, at least
 * @param seed of the first table; the others follow it
 * @param onTable is called after each table
 */
export async function compareTools(
  cases: number,
  seed: number,
  onTable: (comparison: Comparison) => void = () => {},
): Promise<Comparison> {
  const comparer = new Comparer({ default: createTestEntra(), customers: createTestEntra({ authority: customers }) });
  for (let next = seed; comparer.decisions < cases; next += 1) {
    await comparer.compareTable(next);
    onTable(comparer);
  }
  return comparer;
}

/** A worker, and what the tools need to know of it. */
interface Subject {
  readonly table: TableSpec;
  readonly worker: RunningWorker;
  readonly code: GateCode & Required<Pick<GateCode, "environment">>;
  readonly routes: RouteTable;
}

/** A worker, and the same after a change. */
interface Pair {
  readonly before: Subject;
  readonly after: Subject;
}

class Comparer implements Comparison {
  decisions = 0;
  readonly asked: Record<string, number> = {};
  readonly outcomes: Record<string, number> = {};
  readonly differences: Difference[] = [];
  readonly #entras: Entras;
  readonly #tokenOf: (caller: CallerSpec) => Promise<string>;
  readonly #keys: Keys;
  #seed = 0;

  constructor(entras: Entras) {
    this.#entras = entras;
    this.#tokenOf = createTokens(entras);
    this.#keys = takeKeysFromAuthority(createIo(entras));
  }

  async compareTable(seed: number): Promise<void> {
    this.#seed = seed;
    const choice = createChoice(seed);
    const kind = codeKinds[seed % codeKinds.length]!;
    const table = createTable(choice, kind);
    const subject = this.#start(table);
    if (subject === undefined) return;
    const findings = describeRoutes(subject);
    for (const finding of findings) this.#checkRepetition(table, finding);
    const { default: own, customers: named } = this.#entras;
    const trial = createTrialGate(subject.code, subject.worker.environment, own, () => named);
    const requests = choice.many(requestsPerTable, requestsPerTable, () => createRequest(choice, table.code));
    for (const request of requests) {
      for (const caller of choice.many(callersPerRequest, callersPerRequest, () => createCaller(choice))) {
        const token = caller && (await this.#tokenOf(caller));
        const answer = await subject.worker.send(request.method, request.path, token, request.body);
        this.decisions += 1;
        count(this.outcomes, `${kind} ${answer.status} ${answer.reason ?? ""}`.trim());
        await this.#compareTest(subject, trial, request, caller, token, answer);
        await this.#compareExplain(subject, request, token, answer);
        this.#compareDoctor(subject, findings, request, caller, answer);
      }
    }
    await this.#compareDiff(choice, subject, requests);
  }

  /** Starts a worker, unless it cannot start or the commands stop because its code does not show its routes. */
  #start(table: TableSpec): Subject | undefined {
    try {
      const worker = startWorker(table, this.#entras);
      const read = readModule({ default: worker.exported });
      if (read === undefined) throw new Error("the default export does not show its routes");
      const code = { ...read, environment: read.environment ?? worker.environment };
      return code.problem === undefined ? { table, worker, code, routes: tableOf(code) } : undefined;
    } catch (error) {
      if (error instanceof HalfDeclaredError) return undefined;
      throw error;
    }
  }

  #fail(tool: Difference["tool"], table: TableSpec, what: object): void {
    this.differences.push({ tool, seed: this.#seed, table, what });
  }

  async #compareTest(
    { table }: Subject,
    trial: TrialGate,
    { method, path }: RequestSpec,
    caller: CallerSpec | undefined,
    token: string | undefined,
    answer: Answer,
  ): Promise<void> {
    count(this.asked, "test");
    // A case names a caller, for whom the command issues a token. No case has a wrong signature, or an unknown
    // authority.
    const isNoCase = caller?.defect === "signature" || (caller?.authority === customers && !table.hasCustomers);
    const issued = isNoCase ? token : caller && (await trial.authority.issue(describeToken(caller)));
    const said = await trial.send(method, path, issued).catch((error: Error) => error.message);
    if (typeof said === "string") {
      count(this.asked, "test did not know");
      if (table.code.kind !== "daloy") this.#fail("test", table, { method, path, caller, said, answer });
      return;
    }
    // A line of Hono's log names the last requirement, and not always the route.
    const isNamed = table.code.kind !== "hono" || answer.reason === "misconfigured";
    // An app without a guard logs only refusals.
    const hasRoute = isNamed && (answer.event !== undefined || said.status !== 200);
    const isSame =
      said.status === answer.status &&
      said.reason === answer.reason &&
      (!hasRoute || said.route === (answer.route ?? "none"));
    if (!isSame) this.#fail("test", table, { method, path, caller, said, answer });
  }

  async #compareExplain(
    { table, code }: Subject,
    { method, path }: RequestSpec,
    token: string | undefined,
    answer: Answer,
  ): Promise<void> {
    count(this.asked, "explain");
    const question = {
      authorization: token === undefined ? null : `Bearer ${token}`,
      request: { method, url: base + path },
    };
    const setup = { ...code, onWorkers: false };
    const { verdict, causes } = await explain(question, setup, { io: createIo(this.#entras), keys: this.#keys });
    if (verdict.outcome === "unknown" && table.code.kind === "daloy") return count(this.asked, "explain did not know");
    const isFinal = verdict.outcome === "refused" || verdict.outcome === "no-route";
    if (!isVerdictOf(verdict, answer) || (isFinal && causes.length === 0)) {
      this.#fail("explain", table, { method, path, verdict, causes: causes.map(({ id }) => id), answer });
    }
  }

  #checkRepetition(table: TableSpec, { text }: RouteFinding): void {
    const repeated = findRepetition(text);
    if (repeated !== undefined) this.#fail("doctor", table, { text, repeated });
  }

  /**
   * The doctor names for each route who may call it. Tokens, allowed clients and revocation are the same for all
   * routes.
   */
  #compareDoctor(
    { table, routes }: Subject,
    findings: readonly RouteFinding[],
    { method, path }: RequestSpec,
    caller: CallerSpec | undefined,
    answer: Answer,
  ): void {
    const normal = normalizePath(path.replace(/\?.*/s, ""));
    const refusedBefore = ["path_ambiguous", "credential_also_in_query", "host_not_served", "method_not_supported"];
    if (normal === undefined || refusedBefore.includes(answer.reason ?? "")) return;
    const { name, access, mistake } = routes.find(method, normal);
    const finding = findings.find((each) => each.name === name);
    // Middleware of Hono can require more of some requests of a route. The doctor describes one request.
    const declared = routes.routes.find((each) => each.name === name)?.access;
    if (table.code.kind === "hono" && JSON.stringify(access) !== JSON.stringify(declared)) return;
    if (finding === undefined || answer.route === "health") return;
    count(this.asked, "doctor");
    const fail = () => this.#fail("doctor", table, { method, path, caller, said: finding, answer });
    if (finding.isFault) {
      if (mistake !== undefined && answer.reason !== "misconfigured") fail();
      return;
    }
    if (finding.isUnknown) {
      count(this.asked, "doctor did not know");
      return;
    }
    if (access === undefined) {
      count(this.asked, "doctor did not know");
      return;
    }
    if (answer.event === undefined) {
      // Nothing is logged for a request that the worker serves to anybody, or for which Hono has no route.
      if (!/^(?:public|404)/.test(finding.text)) fail();
      return;
    }
    const isToken = caller !== undefined && isAccepted(table, caller);
    const isAdmitted = finding.text === "public" || (isToken && includesCaller(finding.text, caller));
    const isRouteMissing = answer.reason === "not_found_error" || answer.reason === "method_not_allowed_error";
    const wasAdmitted =
      answer.reported === undefined && (answer.event === "allowed" || (isRouteMissing && caller !== undefined));
    const is404 = finding.text.startsWith("404");
    if (is404 ? answer.event === "allowed" : isAdmitted !== wasAdmitted) fail();
    const isReported = answer.event === "reported";
    if (isReported && table.variables.GATE_MODE !== "report" && !finding.isReported) fail();
  }

  /** What `diff` says of a change must be true of the workers, and what changes for a caller must be said. */
  async #compareDiff(choice: Choice, before: Subject, requests: readonly RequestSpec[]): Promise<void> {
    const after = this.#start(changeTable(choice, before.table));
    if (after === undefined) return;
    const [was, is] = [before, after].map(({ code, worker }) => createPolicy(code, worker.environment));
    count(this.asked, "diff");
    const changes = comparePolicies(was!, is!).map((change) => ({ ...change, sample: fillMarks(change.sample) }));
    const pairs: readonly Pair[] = [{ before, after }, ...this.#enforcePair(before.table, after.table)];
    for (const change of changes) {
      count(this.asked, `diff ${change.kind}`);
      // `diff` assumes that some segments match only `{2}`, but all of them match `+` too.
      if (change.sample.includes("/17") && JSON.stringify(before.table).includes("{[0-9]+}")) continue;
      await this.#checkChange(before, change, pairs);
    }
    const others = choice.many(changedRequests, changedRequests, () => createRequest(choice, after.table.code));
    const isChanged = ({ method, path }: RequestSpec) => {
      const [from, to] = [before, after].map(({ routes }) => routes.find(method, path.replace(/\?.*/s, "")));
      return JSON.stringify([from!.access, from!.mode]) !== JSON.stringify([to!.access, to!.mode]);
    };
    // Those whose requirement changed decide. The others show that there are no more.
    const changed = [...requests, ...others].filter(isChanged).slice(0, changedRequestsMaximum);
    for (const request of [...changed, ...others.slice(0, 3)]) {
      for (const caller of createAllCallers(choice)) {
        for (const pair of pairs) await this.#checkPair(pair, request, caller, changes);
      }
    }
  }

  /** The same without report mode, if either has it. */
  #enforcePair(...tables: readonly [before: TableSpec, after: TableSpec]): readonly Pair[] {
    const enforced = tables.map(enforceTable);
    if (JSON.stringify(enforced) === JSON.stringify(tables)) return [];
    const [before, after] = enforced.map((table) => this.#start(table));
    return [{ before: before!, after: after! }];
  }

  /** Who is admitted or refused newly must be said of the two routes of the request. */
  async #checkPair(
    { before, after }: Pair,
    { method, path, body }: RequestSpec,
    caller: CallerSpec | undefined,
    changes: readonly Change[],
  ): Promise<void> {
    const token = caller && (await this.#tokenOf(caller));
    const left = await before.worker.send(method, path, token, body);
    const right = await after.worker.send(method, path, token, body);
    this.decisions += 1;
    if (isServed(left) === isServed(right)) return;
    // Other spellings of a route's path are refused as long as the route exists. `diff` names only the route.
    if ([left, right].some(({ route }) => route === "near-miss")) return count(this.asked, "diff of another spelling");
    count(this.asked, isServed(right) ? "diff admitted newly" : "diff refused newly");
    const asked = describeRequest(before, after, `${method} ${normalizePath(path.replace(/\?.*/s, "")) ?? path}`);
    const isSaid = changes.some((change) => {
      if (change.kind === "unknown") return true;
      if (describeRequest(before, after, change.sample) !== asked) return false;
      return isServed(right)
        ? unsafeKinds.includes(change.kind)
        : change.refused !== undefined || change.kind === "gone" || change.kind === "stronger";
    });
    if (!isSaid) {
      this.#fail("diff", before.table, { after: after.table, method, path, caller, asked, left, right, changes });
    }
  }

  /** Sends the sample of a change for the callers that it names. */
  async #checkChange(before: Subject, change: Change, pairs: readonly Pair[]): Promise<void> {
    const { kind, sample, admitted, refused } = change;
    if (kind === "unknown" || kind === "new" || kind === "gone" || !sample.includes(" /")) return;
    // A server of MCP answers other requests to its path only in a session.
    if (/^(?!POST)[A-Z]+ \/mcp$/.test(sample)) return;
    const ask = async ({ worker }: Subject, phrase: string | undefined) => {
      const [method = "", path = "", target] = sample.split(" ");
      const [, name = ""] = target?.split("/") ?? [];
      const tool = name === "*" ? "other" : name;
      const body =
        target === undefined
          ? before.table.code.kind === "gate" && path === "/mcp" && method === "POST"
            ? createMessage("ping", {})
            : undefined
          : createMessage("tools/call", { name: tool, arguments: {} });
      const isOfCustomers = phrase?.includes(`authority ${customers}`) === true;
      const variable = isOfCustomers ? "ENTRA_CUSTOMERS_ALLOWED_CLIENTS" : "ENTRA_ALLOWED_CLIENTS";
      const client = worker.environment[variable]?.split(" ")[0] ?? otherClient;
      const tenant = worker.environment.ENTRA_TENANT_ID ?? "";
      const token = phrase === undefined ? undefined : await this.#tokenOf(readCaller(phrase, { client, tenant }));
      return isServed(await worker.send(method, path, token, body));
    };
    const expected: (readonly [phrase: string | undefined, was: boolean, is: boolean])[] = [
      ...(kind === "open" ? [[undefined, false, true] as const] : []),
      ...(admitted === undefined ? [] : [[admitted, false, true] as const]),
      ...(refused === undefined ? [] : [[refused, true, false] as const]),
    ];
    for (const [phrase, was, is] of expected) {
      const found: (readonly [boolean, boolean])[] = [];
      for (const pair of pairs) found.push([await ask(pair.before, phrase), await ask(pair.after, phrase)]);
      this.decisions += 1;
      if (!found.some(([left, right]) => left === was && right === is)) {
        this.#fail("diff", before.table, { after: pairs[0]!.after.table, change, phrase, expected: [was, is], found });
      }
    }
  }
}

/** Puts a word in place of what stands for all that a regular expression of the tables matches, or does not match. */
function fillMarks(sample: string): string {
  const words = { "{[0-9]+}": "7", "{[0-9]{2}}": "17", "{[a-z]+}": "w", "{}": "-" };
  return Object.entries(words).reduce((filled, [mark, word]) => filled.replaceAll(`/${mark}`, `/${word}`), sample);
}

/** The routes of a request before and after a change: those of two requests are equal if one stands for the other. */
function describeRequest(before: Subject, after: Subject, sample: string): string {
  const [method = "", path = "", target] = sample === allOther ? [] : sample.split(" ");
  const described = [before, after].map(({ routes }) => {
    const { name, access, mode } = path === "" ? routes.rest : routes.find(method, path);
    // A route of Hono for all methods has a name for each request.
    return [routes.routes.some((route) => route.name === name) ? name : "", access, mode];
  });
  return JSON.stringify([described, target]);
}

const isServed = ({ status }: Answer) => status === 200;

/** Whether the tokens of a caller are accepted at all. */
function isAccepted({ variables, revokes, code, hasCustomers }: TableSpec, caller: CallerSpec): boolean {
  const isOfDefault = caller.authority === defaultAuthority;
  const allowed = isOfDefault ? variables.ENTRA_ALLOWED_CLIENTS : variables.ENTRA_CUSTOMERS_ALLOWED_CLIENTS;
  const { ENTRA_ALLOWED_TENANTS: tenants } = variables;
  const isTenant = isOfDefault ? (tenants ?? directory.contoso.id).includes(caller.tenant) : hasCustomers;
  const isClient = allowed === undefined || allowed.split(" ").includes(caller.client);
  return caller.defect === "none" && isTenant && isClient && !(revokes && caller.isRevoked) && code !== undefined;
}

function isVerdictOf(verdict: Explanation["verdict"], { status, reason, event, allow, reported }: Answer): boolean {
  switch (verdict.outcome) {
    case "allowed":
      return status === 200 && verdict.reported?.reason === reason && reason === reported;
    case "refused":
      return (
        verdict.denial.reason === reason && describeDenial(verdict.denial).status === status && event === "refused"
      );
    case "no-route":
      return (
        verdict.status === status &&
        (verdict.reason ?? verdict.reported?.reason) === reason &&
        verdict.reported?.reason === reported &&
        verdict.allow?.join() === allow?.join()
      );
    case "unknown":
      return false;
  }
}

/** What the doctor says of one route. */
interface RouteFinding {
  readonly name: string;
  /** Who may call. */
  readonly text: string;
  readonly isFault: boolean;
  readonly isUnknown: boolean;
  /** Whether it says that report mode admits others. */
  readonly isReported: boolean;
}

function describeRoutes({ code, routes, worker }: Subject): readonly RouteFinding[] {
  const read = readConfig(worker.environment, routes.createContext(false));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const subject = { code, table: routes, config: read.value } as Parameters<typeof examineRoutes>[0];
  const names = [...routes.routes.map(({ name }) => name), "all other methods and paths"];
  return examineRoutes(subject).map(({ text, state }: Finding, index) => {
    const name = names[index]!;
    const who = text.slice(name.length + 2);
    const [phrase = ""] = who.split(/, but report mode|; (?!and )|, with every path below it/);
    return {
      name: index === names.length - 1 ? routes.rest.name : name,
      text: phrase,
      isFault: state === "fault",
      isUnknown: state === "skipped",
      isReported: who.includes("report mode admits"),
    };
  });
}

function createIo(entras: Entras) {
  return {
    ...platformIo,
    fetch: async (input: Request | string, init?: RequestInit) => answerFor(entras, new Request(input, init)),
    openCache: async () => undefined,
    log() {},
  };
}

function count(tally: Record<string, number>, name: string): void {
  tally[name] = (tally[name] ?? 0) + 1;
}
