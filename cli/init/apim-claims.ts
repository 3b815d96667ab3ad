import { XmlElement } from "@rgrove/parse-xml";
import type { RuleOptions } from "../../src/policy/requirement.ts";

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

function readClaim(claim: XmlElement, lists: Lists, { variables, gaps }: Takeover): void {
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
  const values = name === "scp" ? texts.flatMap((text) => text.split(" ")) : texts;
  const isAny = match === "any" && values.length > 1;
  switch (name) {
    case "scp":
    case "http://schemas.microsoft.com/identity/claims/scope":
      lists[isAny ? "anyScope" : "scopes"] = values;
      break;
    case "roles":
      lists[isAny ? "anyRole" : "roles"] = values;
      break;
    case "acrs":
      if (isAny) gaps.push(`${shown}: the gate requires all authentication contexts`);
      lists.acrs = values;
      break;
    case "azp":
    case "appid":
      add(variables, "ENTRA_ALLOWED_CLIENTS", values);
      break;
    case "tid":
      add(variables, "ENTRA_ALLOWED_TENANTS", values);
      break;
    case "aud":
      add(variables, "ENTRA_API_AUDIENCE", values);
      break;
    default:
      gaps.push(
        `${shown}: the gate decides by scopes, app roles, clients, tenants and authentication contexts; use an app role, or check the claim in a handler or the origin server`,
      );
  }
  if (name === "scp" && separator === undefined) {
    gaps.push(`${shown}: without separator=" ", API Management compares scp as a whole; the gate compares each scope`);
  } else if (separator !== undefined && !(name === "scp" && separator === " ")) {
    gaps.push(`${shown}: separator="${separator}" has no equivalent`);
  }
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
