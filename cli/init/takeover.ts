import { UsageError } from "../common/usage-error.ts";
import type { Variables } from "./answers.ts";
import { readPolicy } from "./apim.ts";
import type { Takeover } from "./apim-claims.ts";
import { readText } from "./changes.ts";

/** @throws UsageError if the source is unknown or cannot be read */
export function readSource([format, file]: readonly string[]): Takeover {
  if (format !== "apim" || file === undefined) throw new UsageError("--from must look like --from apim policy.xml");
  const text = readText(file);
  if (text === undefined) throw new UsageError(`--from apim ${file}: the file does not exist`);
  return readPolicy(text);
}

/** Variables of a policy. The requirement of every route is the default requirement too. */
export function listTaken({ variables, requirements }: Takeover): Variables {
  const lists = requirements.flatMap(({ scopes, anyScope }) => scopes ?? anyScope ?? []);
  const roles = requirements.flatMap(({ kind, roles: all, anyRole }) => (kind === "app" ? (all ?? anyRole ?? []) : []));
  return {
    ...variables,
    ...(lists.length > 0 && { ENTRA_REQUIRED_SCOPE: lists.join(" ") }),
    ...(roles.length > 0 && { ENTRA_REQUIRED_ROLE: roles.join(" ") }),
  };
}
