import { requireAuthorityName } from "./authority-name.ts";
import type { DirectoryConfig } from "./config.ts";
import { createDirectory } from "./create-directory.ts";
import { deriveGuid } from "./guid.ts";
import type { Directory } from "./model.ts";

/**
 * Describes the directory of an authority with a name: one External ID tenant, a user, an API with the scopes and roles
 * of the default one, and its clients. All IDs follow from the name, so that no two authorities share one.
 *
 * @param authority such as `customers`
 * @throws RangeError if it is no name of an authority
 */
export function describeCustomers(authority: string): DirectoryConfig {
  requireAuthorityName(authority);
  const derive = (entry: string) => deriveGuid(`${entry} of ${authority}`);
  const identify = (entry: string) => ({
    clientId: derive(`app ${entry}`),
    servicePrincipalId: derive(`service principal ${entry}`),
  });
  return {
    defaults: false,
    tenants: {
      external: { id: derive("tenant"), domain: `${authority.replaceAll("_", "-")}.example`, kind: "external" },
    },
    users: {
      customer: { id: derive("user customer"), name: "Local Customer", givenName: "Local", familyName: "Customer" },
    },
    apps: {
      api: {
        ...identify("api"),
        name: "Orders API for customers",
        scopes: ["access_as_user", "orders.read"],
        appRoles: ["Orders.Read.All", "Orders.Admin"],
      },
      spa: {
        ...identify("spa"),
        name: "Single-page app for customers",
        redirectUris: { spa: ["http://localhost/", "http://127.0.0.1/"] },
      },
      daemon: {
        ...identify("daemon"),
        name: "Daemon of a customer",
        secrets: ["local-secret-of-the-daemon"],
        permissions: { api: ["Orders.Read.All"] },
      },
      "daemon-without-roles": {
        ...identify("daemon-without-roles"),
        name: "Daemon without roles",
        secrets: ["local-secret-of-the-daemon-without-roles"],
      },
    },
  };
}

/** Names of the variables with which a gate trusts an authority. `Prefix` is `ENTRA_CUSTOMERS` for `customers`. */
export type AuthorityVariable<Prefix extends string> = `${Prefix}_${"AUTHORITY" | "TENANT_ID" | "API_AUDIENCE"}`;

/**
 * Creates the variables with which a gate trusts an authority with a name.
 *
 * @param authority such as `customers`
 * @param url its origin, without a slash at the end
 * @param directory that of `describeCustomers` if absent
 * @throws RangeError if it is no name of an authority
 */
export function createAuthorityVariables<Name extends string>(
  authority: Name,
  url: string,
  directory: Directory = createDirectory(describeCustomers(authority)),
): Readonly<Record<AuthorityVariable<`ENTRA_${Uppercase<Name>}`>, string>> {
  requireAuthorityName(authority);
  const prefix = `ENTRA_${authority.toUpperCase()}` as `ENTRA_${Uppercase<Name>}`;
  return {
    [`${prefix}_AUTHORITY`]: url,
    [`${prefix}_TENANT_ID`]: directory.tenants[0]!.id,
    [`${prefix}_API_AUDIENCE`]: (directory.findApp("api") ?? directory.apps[0]!).clientId,
  } as Readonly<Record<AuthorityVariable<`ENTRA_${Uppercase<Name>}`>, string>>;
}
