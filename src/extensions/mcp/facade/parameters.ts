import { OAuthFault } from "./oauth-fault.ts";

/** Parameters of a request by name. Each name occurs once. */
export type Parameters = ReadonlyMap<string, string>;

/**
 * Reads parameters. An empty parameter counts as absent (RFC 6749 section 3.1).
 *
 * @param lengthMaximum of each value, in characters
 * @throws OAuthFault if a parameter is repeated or too long
 */
export function readParameters(given: URLSearchParams, lengthMaximum: number): Parameters {
  const parameters = new Map<string, string>();
  for (const [name, value] of given) {
    if (parameters.has(name)) throw new OAuthFault("invalid_request", "A parameter is repeated.");
    if (value.length > lengthMaximum) throw new OAuthFault("invalid_request", "A parameter is too long.");
    parameters.set(name, value);
  }
  for (const [name, value] of parameters) if (value === "") parameters.delete(name);
  return parameters;
}
