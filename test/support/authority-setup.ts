import { defaultAuthority } from "../../src/base/common/authority-name.ts";
import type { AuthoritySetup } from "../../src/core/guard/authorities.ts";
import { createKeyStore } from "../../src/core/keys/key-store.ts";
import { createFakeIo } from "./io.ts";

/**
 * Describes authorities of a gate.
 *
 * @param clients that may call; `undefined` allows any
 */
export function authoritiesOf(clients?: readonly string[], names = [defaultAuthority]): readonly AuthoritySetup[] {
  return names.map((name) => ({
    name,
    login: "",
    authorizationUri: "",
    versionOf: () => undefined,
    tenants: { decided: "in-code" },
    audiences: new Set(),
    allowedClients: clients && new Set(clients),
    keys: createKeyStore(createFakeIo()),
    listKeySources: () => [],
  }));
}
