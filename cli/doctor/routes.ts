import { linkToDocs } from "../../src/common/docs-site.ts";
import type { Config } from "../../src/config/config.ts";
import { type Access, defaultRequirement, type Requirement, type Rule } from "../../src/policy/requirement.ts";
import type { DeclaredRoute } from "../project/gate-code.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { isForeignScope, ownScopeFix } from "./scopes.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("routes");

const orderFix = `the order in ${linkToDocs("how-to/protect-a-hono-app")}`;
const mainFix = "set main in wrangler.toml to a module that starts";

/** Lists the requirement of each route. */
export function examineRoutes({ table, config, code }: DoctorSubject): readonly Finding[] {
  const { problem, broken } = code;
  if (problem !== undefined) {
    return [
      broken ? fault(`the worker does not start: ${problem}`, mainFix) : skipped(`the routes are unknown: ${problem}`),
    ];
  }
  return [...table.routes.map((entry) => examineRoute(entry, config)), describeRest(table.rest, config)];
}

function examineRoute({ name, access, mode, note, mistake }: DeclaredRoute, config: Config): Finding {
  if (mistake !== undefined) return fault(`${name}: ${mistake}`, orderFix);
  const more = note === undefined ? "" : `; ${note}`;
  if (access === undefined) return skipped(`${name}: its requirement is unknown${more}`);
  if (access.kind === "public") {
    return name.endsWith("*")
      ? warning(`${name}: public, with every path below it${more}`, "a public route without a wildcard")
      : good(`${name}: public${more}`);
  }
  const text = `${name}: ${describeAccess(access, config)}${more}`;
  const foreign = findForeignScope(access);
  if (foreign !== undefined) return fault(`${text}, but only tokens of Microsoft Graph have ${foreign}`, ownScopeFix);
  return mode === "report"
    ? warning(`${text}, but report mode admits callers who do not meet it`, 'mode: "enforce"')
    : good(text);
}

/** Describes requests without a route, which include other methods of the routes' paths. */
function describeRest({ access, mistake }: DeclaredRoute, config: Config): Finding {
  if (mistake !== undefined) return fault(mistake, orderFix);
  return good(`all other methods and paths: ${access === undefined ? "not known" : describeAccess(access, config)}`);
}

function findForeignScope(access: Access): string | undefined {
  if (access.kind !== "required") return undefined;
  const rules = access.requirements.flatMap(({ anyOf }) => anyOf);
  // Another scope of the same list may be enough.
  const needed = rules.flatMap(({ scopes, anyScope }) => scopes ?? (anyScope?.every(isForeignScope) ? anyScope : []));
  return needed.find(isForeignScope);
}

function describeAccess(access: Access, config: Config): string {
  if (access.kind === "closed") return "404";
  if (access.kind === "absent") return "404 to any caller";
  if (access.kind !== "required") return `${describeRequirement(configured(config))} (the default)`;
  return access.requirements.map(describeRequirement).join("; and ");
}

const configured = ({ requiredScopes, requiredRoles }: Config) => defaultRequirement(requiredScopes, requiredRoles);

/** A requirement as a phrase: `a user with access_as_user, or an app with one of Orders.Read.All`. */
export function describeRequirement(requirement: Requirement | undefined): string {
  return requirement === undefined ? "no caller" : requirement.anyOf.map(describeRule).join(", or ");
}

function describeRule(rule: Rule): string {
  const parts = [
    ...list("", rule.scopes),
    ...list("one of ", rule.anyScope),
    ...list("roles ", rule.roles),
    ...list("one of roles ", rule.anyRole),
    ...list("contexts ", rule.acrs),
    ...list("clients ", rule.clients),
    ...list("tenants ", rule.tenants),
    ...list("agents ", rule.agent && [rule.agent]),
  ];
  return `${rule.kind === "user" ? "a user" : "an app"} with ${parts.join(", ")}`;
}

function list(words: string, items: readonly string[] | undefined): readonly string[] {
  return items === undefined ? [] : [`${words}${items.join(" ")}`];
}
