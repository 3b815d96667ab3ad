import { isRecord, readJson } from "../../src/cli-exports/text.ts";
import { refuse } from "../common/error.ts";

/** The parts of the `claims` parameter (OpenID Connect Core section 5.5) that matter for Entra's access tokens. */
export interface ClaimsRequest {
  /** `cp1`: the client handles claims challenges. */
  readonly capabilities: readonly string[];
  /** Authentication contexts, `c1` to `c99`. */
  readonly acrs: readonly string[];
}

/**
 * Reads the parameter. If it is absent, it requests nothing. Throws a refusal if it is not JSON.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 */
export function parseClaimsRequest(text: string | undefined): ClaimsRequest {
  const requested = parseObject(text).access_token as Record<string, unknown> | undefined;
  return { capabilities: listValues(requested?.xms_cc), acrs: listValues(requested?.acrs) };
}

function parseObject(text: string | undefined): Readonly<Record<string, unknown>> {
  if (text === undefined) return {};
  const parsed = readJson(text);
  if (!isRecord(parsed)) throw refuse("malformedRequest");
  return parsed;
}

/** A request has one `value` or several `values`. */
function listValues(request: unknown): readonly string[] {
  const { value, values } = (request ?? {}) as { value?: unknown; values?: unknown };
  const all = Array.isArray(values) ? values : [value];
  return all.filter((item) => typeof item === "string");
}
