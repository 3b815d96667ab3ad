// Removes one failure from a token, to find out which later checks would fail too. Repaired values are never shown and
// never decide the verdict.
import type { ClaimRules, Denial, Identity, JsonObject } from "../../src/cli-exports/gate.ts";
import { allTraits } from "../project/traits.ts";

export function repairHeader(denial: Denial, header: JsonObject): JsonObject | undefined {
  switch (denial.reason) {
    case "algorithm_not_allowed":
      return { ...header, alg: "RS256" };
    case "type_not_jwt":
      return { ...header, typ: "JWT" };
    case "header_not_allowed":
      return without(header, denial.parameter);
    case "graph_token":
      return without(header, "nonce");
    default:
      return undefined;
  }
}

export interface ClaimState {
  readonly claims: JsonObject;
  readonly rules: ClaimRules;
}

/** @param nowSeconds time for the repaired times */
export function repairClaims(denial: Denial, state: ClaimState, nowSeconds: number): ClaimState | undefined {
  const { claims, rules } = state;
  switch (denial.reason) {
    case "tenant_ambiguous":
      return {
        rules,
        claims: Object.fromEntries(Object.entries(claims).filter(([name]) => !/^tid$/i.test(name) || name === "tid")),
      };
    case "issuer_mismatch": {
      const version = claims.ver === "1.0" ? "1.0" : "2.0";
      return { claims, rules: { ...rules, authority: { ...rules.authority, versionOf: () => version } } };
    }
    case "version_mismatch": {
      const version = rules.authority.versionOf(String(claims.iss), String(claims.tid));
      return { rules, claims: { ...claims, ver: version } };
    }
    case "tenant_not_allowed":
      return { claims, rules: { ...rules, tenants: { decided: "in-code" } } };
    case "audience_mismatch": {
      const [audience = ""] = rules.audiences;
      return { rules, claims: { ...claims, aud: audience } };
    }
    case "time_invalid":
    case "times_out_of_order":
    case "lifetime_too_long":
    case "expired":
    case "not_yet_valid":
      return { rules, claims: { ...claims, iat: nowSeconds, nbf: nowSeconds, exp: nowSeconds + 1 } };
    case "claim_invalid":
      return ["roles", "groups", "wids"].includes(denial.claim)
        ? { rules, claims: without(claims, denial.claim) }
        : undefined;
    default:
      return undefined;
  }
}

export function repairIdentity(denial: Denial, identity: Identity): Identity | undefined {
  for (const { repair } of allTraits) {
    const repaired = repair(denial, identity);
    if (repaired !== undefined) return { ...identity, ...repaired };
  }
  return undefined;
}

function without(object: JsonObject, name: string): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([member]) => member !== name));
}
