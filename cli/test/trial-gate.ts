import { createTestEntra, type TestEntra } from "../../entra/testing.ts";
import { type Io, platformIo } from "../../src/cli-exports/common.ts";
import {
  compileRoute,
  createGuard,
  createKeyStores,
  createProvider,
  createServe,
  createSetups,
  type EntraOptions,
  type Fallback,
  type FindMatch,
  type GroupService,
  MethodNotAllowedError,
  NotFoundError,
  type PartStep,
  readAuthoritiesProvider,
  readTarget,
  replaceGroups,
  replaceIdentity,
  type ServedRoute,
  type SetupContext,
  type TokenService,
  withoutContract,
} from "../../src/cli-exports/gate.ts";
import {
  type Access,
  describeFault,
  type Environment,
  listRequirements,
  namesOf,
  readConfig,
  revocationVariables,
} from "../../src/cli-exports/policy.ts";
import { parseJson } from "../../src/cli-exports/text.ts";
import { createMcpVars } from "../common/mcp-vars.ts";
import { UsageError } from "../common/usage-error.ts";
import {
  type DeclaredRoute,
  type GateCode,
  listNameAccess,
  type NoRoute,
  nameGroupsOf,
  type RouteTable,
  tableOf,
} from "../project/gate-code.ts";
import { listResourcePaths } from "../project/local-variables.ts";
import { readPolicySettings } from "../project/policy-settings.ts";
import { type CreateNamed, createTrialAuthority, type TrialAuthority } from "./trial-authority.ts";

/** How the gate answered a request. */
export interface TrialResponse {
  readonly status: number;
  /** Reason code; `undefined` if the request was allowed. */
  readonly reason: string | undefined;
  /** The route as declared, or a label such as `unlisted`. */
  readonly route: string;
  /**
   * Name of the origin that would get an allowed request, `ORIGIN` for the one without a name; `undefined` if none
   * would.
   */
  readonly origin: string | undefined;
}

/** A gate with the routes of a project. In place of their handlers and hooks, it answers 200. */
export interface TrialGate {
  readonly table: RouteTable;
  readonly authority: TrialAuthority;
  /** What `explain` needs to explain a response. */
  readonly code: GateCode & { readonly environment: Environment };
  /** The options with which an adapter decides as this gate does. */
  readonly options: EntraOptions;
  /** Clock, timers, and the test authority as network. */
  readonly io: Io;
  /** Address before the path of a request. */
  readonly base: string;
  /**
   * @param path with an optional query
   * @param message for an MCP route. Without one, its messages are not checked
   * @throws UsageError if the code does not show who may send the request
   */
  send(method: string, path: string, token: string | undefined, message?: object): Promise<TrialResponse>;
}

/** A test decides about rules for callers, and not about a list that changes while the gate runs. */
const emptyList: NonNullable<SetupContext["revocations"]> = {
  variables: namesOf(revocationVariables),
  check() {},
  createList: () => ({ edition: undefined, isCurrent: () => true, check: () => undefined }),
};

/** Groups need tokens of Microsoft Graph, which a policy test does not ask. */
const noTokens = {} as TokenService;

/** Status of every allowed request. */
export const allowedStatus = 200;

/** Used if no address is configured. */
const anyAddress = "https://gate.invalid";

/**
 * Creates the gate of a policy test, from the parts of which `createGate` consists.
 *
 * @param entra issues the tokens of the default authority
 * @param createNamed creates what issues those of another one
 * @throws UsageError that lists the faults of the configuration
 */
export function createTrialGate(
  code: GateCode,
  variables: Environment,
  entra: TestEntra = createTestEntra(),
  createNamed?: CreateNamed,
): TrialGate {
  const declared = tableOf(code);
  const { options } = code;
  const { serving, ...decided } = declared.createContext(true);
  const context: SetupContext = {
    ...decided,
    authorities: readAuthoritiesProvider(options.authorities),
    // No request is forwarded, so that no origin needs variables.
    serving: serving && { onWorkers: true, forwards: () => false },
    isTenantAllowed: options.isTenantAllowed,
    downstream: options.groups && { check() {}, create: () => noTokens },
    groups: options.groups && { create: () => createGroups(options.groups?.source === "graph") },
    issuer: undefined,
    revocations: options.revocations && emptyList,
  };
  const table: RouteTable = { ...declared, createContext: () => context };
  // An MCP server needs them, and they decide about no caller.
  const { GATE_URL, GATE_SESSION_KEY } = createMcpVars(anyAddress);
  const given = {
    ...(listResourcePaths(code).length > 0 && { GATE_URL, GATE_SESSION_KEY }),
    ...(code.environment ?? variables),
  };
  const authority = createTrialAuthority(
    given,
    readPolicySettings(given, table.createContext(true)),
    entra,
    createNamed,
  );
  const { environment } = authority;
  /** Answers in place of Microsoft Graph. */
  function createGroups(ignoresToken: boolean): GroupService {
    return {
      decide(caller, { request }, policy) {
        const { identity } = caller;
        const asks = identity.kind === "user" && (ignoresToken || identity.groupsLack === "groups_overage");
        if (!asks) return { denial: policy(identity), caller };
        const token = request.headers.get("authorization")?.replace(/^bearer /i, "") ?? "";
        const found = replaceIdentity(caller, replaceGroups(identity, authority.groupsOf(token)));
        return { denial: policy(found.identity), caller: found };
      },
    };
  }
  const read = readConfig(environment, context);
  if (!read.ok) throw new UsageError(...read.error.map(describeFault));
  let line: { readonly reason?: string; readonly route?: string } = {};
  const io: Io = {
    ...platformIo,
    fetch: authority.fetch,
    openCache: async () => undefined,
    // Below every share of allowed requests, so that each is logged.
    random: () => 0,
    log(next) {
      line = next;
    },
  };
  nameGroupsOf(listNameAccess(table).flatMap(({ access }) => (access ? listRequirements(access, undefined) : [])));
  const setup = createSetups({ io, keysOf: createKeyStores(io), context })(environment);
  let seen: { readonly route?: DeclaredRoute; readonly undecided?: UsageError } = {};
  const serve = createServe({
    services: {
      io,
      guard: createGuard(io, options.revokedAtSeconds),
      forward: (request) => request.refuse({ reason: "origin_unreachable", cause: "a policy test has no origin" }),
      stripHeaders() {},
      servesHealth: table.servesHealth,
    },
    setupOf: () => setup,
    find: createFind(table, (route) => {
      const { name, access, mistake, note } = route;
      const isUndecided = access === undefined && mistake === undefined;
      const message = `${name}: the code does not show who may call: ${note}`;
      seen = { route, ...(isUndecided && { undecided: new UsageError(message) }) };
    }),
    fallbacks: { unlisted: closed, "near-miss": closed, "no-document": closed },
    ...(table.servesHealth && {
      health: { public: answer({ kind: "public" }).respond, guarded: answer({ kind: "default" }).respond },
    }),
  });
  const base = read.value.addresses?.values().next().value ?? anyAddress;
  return {
    table,
    authority,
    code: { ...code, table, environment },
    options: describeAdapter(options, context),
    io,
    base,
    async send(method, path, token, message) {
      line = {};
      seen = {};
      const unguarded = isFaulty(base + path) ? table.findUnguarded?.(method, path.replace(/\?.*/s, "")) : undefined;
      if (unguarded !== undefined) return answerUnguarded(unguarded);
      const response = await serve(createRequest(base, method, path, token, message), environment);
      if (seen.undecided !== undefined) throw seen.undecided;
      const { reason, route = "none" } = line;
      const { status } = response;
      return { status, reason, route, origin: status === allowedStatus ? seen.route?.origin : undefined };
    },
  };
}

/** @param path with an optional query */
export function createRequest(
  base: string,
  method: string,
  path: string,
  token: string | undefined,
  message?: object,
): Request {
  const headers = new Headers(token === undefined ? {} : { authorization: `Bearer ${token}` });
  if (message === undefined) return new Request(base + path, { method, headers });
  headers.set("content-type", "application/json");
  return new Request(base + path, { method, headers, body: JSON.stringify(message) });
}

/** Only the options that decide who may call. */
function describeAdapter(
  { authorities, isTenantAllowed, groups: declared }: GateCode["options"],
  { downstream, groups, revocations }: SetupContext,
): EntraOptions {
  return {
    ...(authorities && { authorities }),
    ...(isTenantAllowed && { isTenantAllowed }),
    ...(downstream && { downstream: createProvider("downstream", downstream) }),
    ...(declared && { groups: createProvider("groups", { ...declared, ...groups }) }),
    ...(revocations && { revocations: createProvider("revocations", revocations) }),
  };
}

function isFaulty(url: string): boolean {
  return readTarget({ method: "GET", url, headers: new Headers() }, {}).fault !== undefined;
}

/** What the app answers without the guard. */
function answerUnguarded({ name, access, loggedRoute, mistake }: DeclaredRoute): TrialResponse {
  const origin = undefined;
  if (mistake !== undefined) return { status: 500, reason: "misconfigured", route: loggedRoute ?? name, origin };
  return { status: access?.kind === "public" ? allowedStatus : 404, reason: undefined, route: "none", origin };
}

/** @param onFound is called with the route of each request */
function createFind(table: RouteTable, onFound: (entry: DeclaredRoute) => void): FindMatch<ServedRoute> {
  const routes = new Map<string, ServedRoute>();
  return (method, path) => {
    const entry = table.find(method, path);
    onFound(entry);
    if (entry.access !== undefined) nameGroupsOf(listRequirements(entry.access, undefined));
    const key = JSON.stringify([entry.name, entry.access, entry.mode, entry.noRoute, entry.loggedRoute]);
    const route = routes.get(key) ?? createRoute(entry);
    routes.set(key, route);
    return { kind: "route", route, params: {} };
  };
}

function createRoute(entry: DeclaredRoute): ServedRoute {
  const { access, mode, ownsAccessTokenParameter = false, noRoute, mistake, step } = entry;
  const name = mistake === undefined ? entry.name : (entry.loggedRoute ?? entry.name);
  const [, path = ""] = name.split(" ");
  const fallback = access === undefined ? refuseAsMisconfigured : answer(access, noRoute, step);
  return { path, name, mode, ownsAccessTokenParameter, ...fallback };
}

const refuseAsMisconfigured: Fallback = {
  async respond(context) {
    return context.refuse({ reason: "misconfigured" });
  },
  cors: undefined,
};

/** Answers callers that the gate admits. */
function answer(access: Access, noRoute?: NoRoute, step?: PartStep): Fallback {
  return compileRoute({
    ...withoutContract,
    ...(step && { validate: readMessage, step: skipWithoutMessage(step) }),
    around: [],
    access,
    handler() {
      if (noRoute?.allow !== undefined) throw new MethodNotAllowedError(noRoute.allow);
      if (noRoute?.reason !== undefined) throw new NotFoundError();
      return new Response(null, { status: noRoute?.status ?? allowedStatus });
    },
  });
}

const readMessage: Parameters<typeof compileRoute>[0]["validate"] = async (context) => {
  if (context.request.body === null) return;
  const bytes = new Uint8Array(await context.request.arrayBuffer());
  context.body = { bytes, value: parseJson(new TextDecoder().decode(bytes)) };
};

function skipWithoutMessage(step: PartStep): PartStep {
  return (context) => (context.body === undefined ? (response) => response : step(context));
}

const closed = answer({ kind: "closed", denial: { reason: "route_unlisted" }, isReportable: false });
