import { type Access, type Config, defaultRequirement } from "../../src/cli-exports/policy.ts";
import { describeAccess } from "../project/describe-access.ts";
import { type DeclaredRoute, type GateCode, listRules } from "../project/gate-code.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { isForeignScope, ownScopeFix } from "./scopes.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("routes");

const closedFix = 'requireAuth("…") on the route, or ENTRA_REQUIRED_SCOPE as the default';
const orderFix = "the order that npx entra-gate docs how-to/protect-a-hono-app shows";

/**
 * Says why the routes are unknown. That is a fault if the worker does not start, or if a variable needs the code to be
 * checked.
 *
 * @param undecided variables that are correct with some code, and faulty with other code
 */
export function examineProblem({ problem, fix, broken }: GateCode, undecided: readonly string[]): readonly Finding[] {
  if (problem === undefined) return [];
  if (broken) return [fault(`the worker does not start: ${problem}`, fix)];
  if (undecided.length === 0) return [skipped(`the routes are unknown: ${problem}`)];
  return [fault(`the routes are unknown, so this command cannot check ${undecided.join(", ")}: ${problem}`, fix)];
}

/** Lists the requirement of each route. */
export function examineRoutes({ table, config, code }: DoctorSubject): readonly Finding[] {
  if (code.problem !== undefined) return [];
  return [...table.routes.map((entry) => examineRoute(entry, config)), describeRest(table.rest, config)];
}

function examineRoute(
  { name, access, mode, note, mistake, mistakeFix, unused }: DeclaredRoute,
  config: Config,
): Finding {
  if (mistake !== undefined) return fault(`${name}: ${mistake}`, mistakeFix ?? orderFix);
  const more = note === undefined ? "" : `; ${note}`;
  if (access === undefined) return skipped(`${name}: its requirement is unknown${more}`);
  if (access.kind === "public") {
    return name.endsWith("*")
      ? warning(`${name}: public, with every path below it${more}`, "a public route without a wildcard")
      : good(`${name}: public${more}`);
  }
  const text = `${name}: ${describe(access, config)}${more}`;
  const foreign = findForeignScope(access);
  if (foreign !== undefined) return fault(`${text}, but only tokens of Microsoft Graph have ${foreign}`, ownScopeFix);
  if (unused !== undefined) return warning(`${text}; ${unused}`, orderFix);
  if (access.kind === "default" && defaultRequirement(config) === undefined) return warning(text, closedFix);
  return mode === "report"
    ? warning(`${text}, but report mode admits callers who do not meet it`, 'mode: "enforce"')
    : good(text);
}

/** Describes requests without a route, which include other methods of the routes' paths. */
function describeRest({ access, mistake, mistakeFix, callers }: DeclaredRoute, config: Config): Finding {
  if (mistake !== undefined) return fault(mistake, mistakeFix ?? orderFix);
  return good(
    `all other methods and paths: ${access === undefined ? "not known" : (callers ?? describe(access, config))}`,
  );
}

function findForeignScope(access: Access): string | undefined {
  const rules = listRules([{ access }]);
  // Another scope of the same list may be enough.
  const needed = rules.flatMap(({ scopes, anyScope }) => scopes ?? (anyScope?.every(isForeignScope) ? anyScope : []));
  return needed.find(isForeignScope);
}

const describe = (access: Access, config: Config) =>
  describeAccess(access, defaultRequirement(config), config.authorities);
