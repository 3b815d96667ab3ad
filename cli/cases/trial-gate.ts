import { compileRoute, withoutContract } from "../../src/app/build/compile.ts";
import { NotFoundError } from "../../src/app/errors/errors.ts";
import type { Fallback, FindTarget, ServedRoute } from "../../src/app/pipeline/route.ts";
import { createServe } from "../../src/app/pipeline/serve.ts";
import { type Io, platformIo } from "../../src/common/io.ts";
import { readConfig } from "../../src/config/config.ts";
import { describeFault } from "../../src/config/fault.ts";
import type { Environment } from "../../src/config/variables.ts";
import { createGuard } from "../../src/guard/guard.ts";
import { createSetups, type SetupContext } from "../../src/guard/setup.ts";
import { createKeyStore } from "../../src/keys/key-store.ts";
import type { Access } from "../../src/policy/requirement.ts";
import { UsageError } from "../common/usage-error.ts";
import { type DeclaredRoute, type GateCode, type RouteTable, tableOf } from "../project/gate-code.ts";
import { readPolicySettings } from "../project/policy-settings.ts";
import { createTrialAuthority, type TrialAuthority } from "./trial-authority.ts";

/** How the gate answered a request. */
export interface TrialResponse {
  readonly status: number;
  /** Reason code; `undefined` if the request was allowed. */
  readonly reason: string | undefined;
  /** The route as declared, or a label such as `unlisted`. */
  readonly route: string;
}

/** A gate with the routes of a project. In place of their handlers and hooks, it answers 200. */
export interface TrialGate {
  readonly table: RouteTable;
  readonly authority: TrialAuthority;
  /** What `explain` needs to explain a response. */
  readonly code: GateCode & { readonly environment: Environment };
  /** Clock, timers, and the test authority as network. */
  readonly io: Io;
  /** Address before the path of a request. */
  readonly base: string;
  /** @param path with an optional query */
  send(method: string, path: string, token: string | undefined): Promise<TrialResponse>;
}

/** Used if no address is configured. */
const anyAddress = "https://gate.invalid";

/**
 * Creates the gate of a policy test, from the parts of which `createGate` consists.
 *
 * @throws UsageError that lists the faults of the configuration
 */
export function createTrialGate(code: GateCode, variables: Environment): TrialGate {
  const declared = tableOf(code);
  const { options } = code;
  const context: SetupContext = {
    ...declared.createContext(true),
    isTenantAllowed: options.isTenantAllowed,
    downstream: undefined,
    issuer: undefined,
  };
  const table: RouteTable = { ...declared, createContext: () => context };
  const given = code.environment ?? variables;
  const authority = createTrialAuthority(given, readPolicySettings(given, table));
  const { environment } = authority;
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
  const setup = createSetups({ io, keys: createKeyStore(io), context })(environment);
  const serve = createServe({
    server: {
      io,
      guard: createGuard(io, options.revokedAtSeconds),
      forward: (request) => request.refuse({ reason: "origin_unreachable", cause: "a policy test has no origin" }),
      stripHeaders() {},
      servesHealth: table.servesHealth,
    },
    setupOf: () => setup,
    find: createFind(table),
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
    io,
    base,
    async send(method, path, token) {
      line = {};
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      const response = await serve(new Request(base + path, { method, headers }), environment);
      const { reason, route = "none" } = line;
      // A response without a decision is that of a route that does not exist for any caller.
      const isAbsent = reason === undefined && response.status === 404;
      return { status: response.status, reason: isAbsent ? "route_unlisted" : reason, route };
    },
  };
}

function createFind(table: RouteTable): FindTarget<ServedRoute> {
  const routes = new Map<string, ServedRoute>();
  return (method, path) => {
    const entry = table.find(method, path);
    const key = JSON.stringify([entry.name, entry.access, entry.mode]);
    const route = routes.get(key) ?? createRoute(entry);
    routes.set(key, route);
    return { kind: "route", route, params: {} };
  };
}

function createRoute({ name, access, mode, ownsAccessTokenParameter = false, note }: DeclaredRoute): ServedRoute {
  if (access === undefined) throw new UsageError(`${name}: the code does not show who may call: ${note}`);
  const [, path = ""] = name.split(" ");
  return { path, name, mode, ownsAccessTokenParameter, ...answer(access) };
}

/** Answers callers that the gate admits. */
function answer(access: Access): Fallback {
  return compileRoute({
    ...withoutContract,
    around: [],
    access,
    handler() {
      if (access.kind === "absent") throw new NotFoundError();
      return new Response(null);
    },
  });
}

const closed = answer({ kind: "closed", isReportable: false });
