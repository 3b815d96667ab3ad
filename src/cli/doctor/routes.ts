import type { Route } from "../../app/contract/route.ts";
import type { GateOptions } from "../../app/gate-options.ts";
import type { Config } from "../../config/config.ts";
import { defaultRequirement, type Requirement, type RouteAccess, type Rule } from "../../policy/requirement.ts";
import { findFallbackAccess } from "../gate-code.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, warning, fault } = findingsOf("routes");

/** Who may call what. */
export function examineRoutes({ routes, config, code }: DoctorSubject): readonly Finding[] {
  if (code.problem !== undefined) {
    return [
      fault(`the routes are not known: ${code.problem}`, "main in wrangler.toml, whose default export createGate made"),
    ];
  }
  return [...routes.map((route) => examineRoute(route, config)), describeUnlisted(code.options, config)];
}

function examineRoute({ name, path, access, mode }: Route, config: Config): Finding {
  if (access.kind === "public") {
    return path.endsWith("*")
      ? warning(`${name}: public, and everything below it`, "a public route without a wildcard")
      : good(`${name}: public`);
  }
  const text = `${name}: ${describeAccess(access, config)}`;
  return mode === "report" ? warning(`${text}, but it only reports who lacks that`, 'mode: "enforce"') : good(text);
}

/** Other methods of the routes' paths are among them. */
function describeUnlisted(options: GateOptions, config: Config): Finding {
  const access = options.unlisted === "reject" ? "404" : describeAccess(findFallbackAccess(options), config);
  return good(`all other methods and paths: ${access}`);
}

function describeAccess(access: RouteAccess, config: Config): string {
  if (access.kind !== "required") return `${describeRequirement(configured(config))} (the default)`;
  return access.requirements.map(describeRequirement).join("; and ");
}

const configured = ({ requiredScopes, requiredRoles }: Config) => defaultRequirement(requiredScopes, requiredRoles);

/** A requirement as a phrase: `a user with access_as_user, or an app with one of Orders.Read.All`. */
export function describeRequirement(requirement: Requirement | undefined): string {
  return requirement === undefined ? "nobody" : requirement.anyOf.map(describeRule).join(", or ");
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
