import { defaultAuthority } from "../../../entra/directory/authority-name.ts";
import { clients } from "../../../entra/directory/clients.ts";
import { createDirectory } from "../../../entra/directory/create-directory.ts";
import { describeCustomers } from "../../../entra/directory/customer-directory.ts";
import type { PersonaName } from "../../../entra/directory/personas.ts";

/** What an authority of the local Entra has to choose from. */
export interface People {
  readonly authority: string;
  readonly personas: readonly Persona[];
  readonly clients: readonly Client[];
  readonly tenants: readonly Named[];
}

export interface Named {
  readonly shortName: string;
  readonly name: string;
}

/** A user, or `""` for an application that calls for itself. */
export interface Persona extends Named {
  /** What is special about the persona. */
  readonly sentence: string;
}

export interface Client extends Named {
  /** Whether it can call without a user, because it has a secret. */
  readonly hasSecret: boolean;
}

const sentences: Readonly<Record<PersonaName, string>> = {
  member: "A member of Contoso without app roles, as most users are.",
  guest: "An account of Fabrikam that is a guest of Contoso. The token is of Contoso, and idp names the home tenant.",
  admin: "A member of Contoso with the app role Orders.Admin, in two groups.",
  "many-groups": "A member of Contoso in more groups than a token can list. The token says that they were left out.",
  outsider: "A member of Fabrikam. A gate of Contoso does not allow this tenant.",
  newcomer:
    "A member of Contoso who has consented to nothing. Entra issues no token for another API on this user's behalf.",
  cautious:
    "A member of Contoso for whom Conditional Access requires the authentication context c1 at every other API.",
  blocked: "A member of Contoso whose access to every other API is blocked by Conditional Access.",
  "agent-user": "The user account of an agent identity. Choose the agent as the client.",
  consumer: "A personal Microsoft account, which belongs to no organization.",
};

/** Lists the users, clients and tenants of an authority. @param authority `default`, or the name of another one */
export function listPeople(authority: string): People {
  const isDefault = authority === defaultAuthority;
  const { users, tenants, findApp } = isDefault ? createDirectory() : createDirectory(describeCustomers(authority));
  // An API without a credential is only called.
  const own = Object.keys(clients)
    .flatMap((shortName) => findApp(shortName) ?? [])
    .filter(({ isPublicClient, scopes }) => !(isPublicClient && scopes.length > 0))
    .map(({ shortName, name, secrets }) => ({ shortName, name, hasSecret: secrets.length > 0 }));
  const names = own.filter(({ hasSecret }) => hasSecret).map(({ name }) => name);
  const sentence = `An application calls with a token of its own. These clients have one: ${names.join(", ")}.`;
  return {
    authority,
    personas: [
      ...users.map(({ shortName, name, tenant }) => ({
        shortName,
        name: `${name}, ${tenant.name}`,
        sentence: isDefault ? sentences[shortName as PersonaName] : `A customer, who signs in at ${authority}.`,
      })),
      { shortName: "", name: "No user: an application", sentence },
    ],
    clients: own,
    tenants,
  };
}
