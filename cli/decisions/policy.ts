import path from "node:path";
import {
  App,
  type AuthHook,
  anyOf,
  authorities,
  authorize,
  type Identity,
  isReportable,
  origin,
  requireAuth,
} from "../../src/cli-exports/gate.ts";
import type { Access, AuthorityConfig, Environment, Requirement } from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { listNamedAuthorities, readApi } from "../compile/authority.ts";
import { locate, readScope, showFaults } from "../compile/command.ts";
import type { CompiledRoute } from "../compile/compiled.ts";
import { compileDocument } from "../compile/document.ts";
import type { Security } from "../compile/security.ts";
import { checkRead, type DeclaredRoute, type GateCode, type RouteTable, tableOf } from "../project/gate-code.ts";
import { loadRoutes } from "../project/load-gate.ts";
import { isMark, otherMark, splitPattern } from "../project/path-patterns.ts";
import { type PolicySettings, readPolicySettings } from "../project/policy-settings.ts";

/** Who may send which request, as one of the compared files says. */
export interface Policy {
  readonly table: RouteTable;
  readonly settings: PolicySettings;
  /** Whether the code revokes tokens. Which ones does not show. */
  readonly revokes: boolean;
  /** `false` if it does not say to which origin requests go. */
  readonly hasOrigins?: false;
}

/** A caller, and what else of the token decides. */
export interface Caller {
  readonly identity: Identity;
  readonly audience: string;
  /** Whether code that revokes tokens would revoke this one. */
  readonly isRevoked: boolean;
}

/** What the reader of a document needs. */
export interface PolicySources {
  readonly environment: Environment;
  /** Tenant IDs of domains, both in lower case. */
  readonly domains: ReadonlyMap<string, string>;
  /** Scopes that users need where a plain bearer scheme has an empty list. */
  readonly scopes?: readonly string[] | undefined;
}

/**
 * Reads the routes of a module or an OpenAPI document.
 *
 * @param file a document if its name ends in `.json`, `.yaml` or `.yml`
 * @throws UsageError that says why it cannot be read
 */
export async function readRoutes(file: string, sources: PolicySources): Promise<GateCode> {
  const code = isDocument(file)
    ? readDocument(file, sources)
    : await loadRoutes(path.resolve(file), sources.environment);
  checkRead(code);
  return code;
}

/** Whether a file is a document, and no module. */
export function isDocument(file: string): boolean {
  return /\.(?:json|ya?ml)$/i.test(file);
}

/** @throws UsageError that lists the faults of the variables */
export function createPolicy(code: GateCode, environment: Environment): Policy {
  const table = tableOf(code);
  return {
    table,
    settings: readPolicySettings(code.environment ?? environment, table.createContext(true)),
    revokes: code.options.revokedAtSeconds !== undefined || code.options.revocations !== undefined,
  };
}

function readDocument(file: string, { environment, domains, scopes = [] }: PolicySources): GateCode {
  const { folder, name } = locate(file);
  const api = readApi(environment);
  const compiled = compileDocument(folder, name, {
    api,
    open: "any",
    originChecks: "any",
    bearerScopes: scopes.map((text) => readScope(text, api)),
    domains,
  });
  if ("faults" in compiled) throw new UsageError(`${file} cannot be compiled:`, ...showFaults(file, compiled.faults));
  const [first, ...others] = listNamedAuthorities(environment);
  const routes = declareRoutes(compiled.document.routes);
  return {
    options: { routes, unlisted: "reject", ...(first !== undefined && { authorities: authorities(first, ...others) }) },
  };
}

/** Declares the routes that `compile` would write. */
export function declareRoutes(routes: readonly CompiledRoute[]): App {
  const app = new App();
  for (const { method, path, security, origin: to } of routes) {
    const access = security === "public" ? ({ public: true } as const) : { hooks: requireOne(security) };
    app.route({ method, path: path as `/${string}`, ...access, handler: origin(to === undefined ? to : { to }) });
  }
  return app;
}

function requireOne(rules: Exclude<Security, "public">): AuthHook {
  return anyOf(...rules.map((rule) => requireAuth(rule)));
}

/**
 * Finds the route of a request as the gate does, with its health page.
 *
 * @param path normal form, or one with marks
 */
export function findRoute({ table, settings: { health } }: Policy, method: string, path: string): DeclaredRoute {
  if (table.servesHealth && health.access !== "off" && health.path === path) {
    const kind = health.access === "public" ? "public" : "default";
    return { name: "health", access: { kind }, mode: "enforce", isOwn: true };
  }
  const texts = splitPattern(path);
  if (!texts.some(isMark)) return table.find(method, path);
  // Only Hono has regular expressions. For other apps, each mark is a segment that no route names.
  return (
    table.findMarked?.(method, path) ??
    table.find(method, `/${texts.map((text) => (isMark(text) ? otherMark : text)).join("/")}`)
  );
}

/**
 * Joins who may send a request with what a part of it requires too.
 *
 * @param standard the default requirement
 */
export function joinAccess(
  route: Access | undefined,
  own: Access,
  standard: Requirement | undefined,
): Access | undefined {
  if (own.kind !== "required" || route?.kind === "public") return own;
  if (route?.kind === "required") return { ...route, requirements: [...route.requirements, ...own.requirements] };
  if (route?.kind !== "default" || standard === undefined) return route;
  return { kind: "required", requirements: [standard, ...own.requirements] };
}

/** The same route for those who get behind its middleware: they must meet the later requirements too. */
export function reachBehind({ settings }: Policy, route: DeclaredRoute): DeclaredRoute {
  const { access, later } = route;
  if (later === undefined) return route;
  const own: Access = { kind: "required", requirements: later };
  return { ...route, access: joinAccess(access, own, settings.defaultRequirement) };
}

/** Finds the settings of the authority of a caller. */
export function findOwn({ authorities }: PolicySettings, { authority }: Identity): AuthorityConfig | undefined {
  return authorities.find(({ name }) => name === authority);
}

/** Whether a policy admits a caller, with the gate's own decision. */
export function admits(
  { settings, revokes }: Policy,
  { access, mode, noRoute }: DeclaredRoute,
  caller: Caller,
): boolean {
  if (access === undefined || access.kind === "absent" || noRoute !== undefined) return false;
  if (access.kind === "public") return true;
  const { identity, audience, isRevoked } = caller;
  const own = findOwn(settings, identity);
  if (own === undefined || !own.audiences.has(audience)) return false;
  if (own.tenants.decided === "by-list" && !own.tenants.allowed.has(identity.tid)) return false;
  if (revokes && isRevoked) return false;
  const denial = authorize(settings, identity, access);
  return denial === undefined || ((mode ?? settings.mode) === "report" && isReportable(denial, access, identity));
}
