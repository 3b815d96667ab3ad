import { defaultAuthority } from "../common/authority-name.ts";
import { isAuthorityNamed } from "./decision.ts";
import type { Requirement } from "./rule.ts";
import { listAuthorities } from "./rule.ts";

/** Finds an authority other than `default` whose callers may meet all requirements of a route. */
export function findForeignAuthority(requirements: readonly Requirement[]): string | undefined {
  return requirements
    .flatMap(({ anyOf }) => anyOf.flatMap(listAuthorities))
    .find((name) => name !== defaultAuthority && isAuthorityNamed(name, requirements));
}
