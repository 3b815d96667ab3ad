import { defaultAuthority } from "../../base/common/authority-name.ts";
import { isAuthorityNamed } from "./decision.ts";
import { listAuthorities, type Requirement } from "./rule.ts";

/** Finds an authority other than `default` whose callers may meet all requirements of a route. */
export function findForeignAuthority(requirements: readonly Requirement[]): string | undefined {
  return requirements
    .flatMap(({ anyOf }) => anyOf.flatMap(listAuthorities))
    .find((name) => name !== defaultAuthority && isAuthorityNamed(name, requirements));
}
