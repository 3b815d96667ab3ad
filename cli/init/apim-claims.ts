import { XmlElement } from "@rgrove/parse-xml";
import type { RuleOptions } from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";

/** Result of converting a policy of Azure API Management. */
export interface Takeover {
  readonly variables: Record<string, string>;
  /** What every route requires. A caller must meet one of the alternatives. */
  readonly requirements: readonly RuleOptions[];
  /** Parts of the policy without an equivalent, with advice. Every part that is dropped is listed here. */
  readonly gaps: string[];
}

type Lists = Partial<Record<"scopes" | "anyScope" | "roles" | "anyRole" | "acrs", string[]>>;

/**
 * Reads `required-claims`, all of which must hold.
 *
 * @param takeover gets the variables, and the parts without an equivalent
 * @returns the gate's requirement. API Management does not distinguish users from apps, so roles alone apply to both
 * @throws UsageError if no caller can meet the policy
 */
export function readClaims(claims: readonly XmlElement[], takeover: Takeover): readonly RuleOptions[] {
  const lists: Lists = {};
  for (const claim of claims) readClaim(claim, lists, takeover);
  const { scopes, anyScope, roles, anyRole, acrs } = lists;
  if (!scopes && !anyScope && !roles && !anyRole) {
    if (acrs)
      takeover.gaps.push(`required claim acrs (${acrs.join(", ")}): add acrs to the requirement in src/routes.ts`);
    takeover.gaps.push(
      "neither a scope nor an app role is required: the gate needs one, so callers need it in their tokens",
    );
    return [];
  }
  const rule: RuleOptions = lists;
  return scopes || anyScope || acrs
    ? [{ ...rule, kind: "user" }]
    : [
        { ...rule, kind: "app" },
        { ...rule, kind: "user" },
      ];
}

function readClaim(claim: XmlElement, lists: Lists, takeover: Takeover): void {
  const { gaps } = takeover;
  const { name = "", match = "all", separator } = claim.attributes;
  const texts = childrenOf(claim).map(({ text }) => text.trim());
  const shown = `required claim ${name} (${match} of ${texts.join(", ")})`;
  if (texts.length === 0) {
    gaps.push(`${shown}: the gate cannot require a claim of any value`);
    return;
  }
  if (!texts.every(isLiteral)) {
    gaps.push(`${shown}: only API Management knows the values; require them in src/routes.ts yourself`);
    return;
  }
  const isAny = match === "any" && texts.length > 1;
  const isScope = scopeClaims.includes(name);
  if (isScope && isAny && texts.some((text) => text.includes(" "))) {
    gaps.push(`${shown}: a value with several scopes is one alternative; require them in src/routes.ts yourself`);
    return;
  }
  const values = isScope ? texts.flatMap((text) => text.split(" ")) : texts;
  const list = isScope ? (isAny ? "anyScope" : "scopes") : name === "roles" ? (isAny ? "anyRole" : "roles") : undefined;
  const variable = listsByClaim.get(name);
  if (list !== undefined && isAny && lists[list] !== undefined) {
    gaps.push(`${shown}: the policy requires one of another list too; require this one in src/routes.ts yourself`);
  } else if (list !== undefined) {
    lists[list] = [...(lists[list] ?? []), ...values];
  } else if (name === "acrs") {
    if (isAny) gaps.push(`${shown}: the gate requires all authentication contexts`);
    lists.acrs = [...(lists.acrs ?? []), ...values];
  } else if (variable !== undefined) {
    for (const allowed of isAny ? [values] : values.map((value) => [value]))
      restrict(takeover, variable, allowed, shown);
  } else {
    gaps.push(
      `${shown}: the gate decides by scopes, app roles, clients, tenants and authentication contexts; use an app role, or check the claim in a handler or the origin server`,
    );
  }
  if (isScope && separator === undefined) {
    gaps.push(
      `${shown}: without separator=" ", API Management compares ${name} as a whole; the gate compares each scope`,
    );
  } else if (separator !== undefined && !(isScope && separator === " ")) {
    gaps.push(`${shown}: separator="${separator}" has no equivalent`);
  }
}

const scopeClaims = ["scp", "http://schemas.microsoft.com/identity/claims/scope"];

/** Claims with one value, and the variables with the values that the gate allows. */
const listsByClaim = new Map([
  ["azp", "ENTRA_ALLOWED_CLIENTS"],
  ["appid", "ENTRA_ALLOWED_CLIENTS"],
  ["tid", "ENTRA_ALLOWED_TENANTS"],
  ["aud", "ENTRA_API_AUDIENCE"],
]);

/**
 * Removes all other values from the list in a variable. The policy requires the claim in addition to its lists, so a
 * value must be in both.
 *
 * @throws UsageError if no value is left. Without a list, the gate would allow any
 */
function restrict({ variables }: Takeover, name: string, values: readonly string[], shown: string): void {
  const { ENTRA_TENANT_ID: tenant = "organizations" } = variables;
  const own = name === "ENTRA_ALLOWED_TENANTS" && tenant !== "organizations" ? tenant : undefined;
  const known = (variables[name] ?? own)?.split(" ");
  const wanted = values.map((value) => value.toLowerCase());
  const left = known?.filter((value) => wanted.includes(value.toLowerCase())) ?? values;
  if (left.length === 0) {
    throw new UsageError(`the policy admits no caller: ${shown} contradicts its other values, ${known?.join(", ")}`);
  }
  variables[name] = left.join(" ");
}

/** Adds values to the list in a variable. */
export function add(variables: Record<string, string>, name: string, values: readonly string[]): void {
  const all = new Set([...(variables[name]?.split(" ") ?? []), ...values]);
  if (all.size > 0) variables[name] = [...all].join(" ");
}

/** Whether a value is not an expression, `@(…)`, and not a named value, `{{…}}`. */
export function isLiteral(text: string): boolean {
  return text !== "" && !text.startsWith("@") && !text.includes("{{");
}

export function childrenOf(element: XmlElement): readonly XmlElement[] {
  return element.children.filter((child): child is XmlElement => child instanceof XmlElement);
}
