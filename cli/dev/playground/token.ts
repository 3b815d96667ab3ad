import { defaultAuthority } from "../../../entra/directory/authority-name.ts";
import { type PlaygroundFault, type PlaygroundFaultName, playgroundFaults } from "../../../entra/server/faults.ts";
import { chooseApi, type LocalGate } from "../../project/local-callers.ts";
import { listPeople } from "./people.ts";

/** Values of the page's form. */
export interface Choices {
  /** `default`, or the name of another authority that issues the token. */
  readonly authority: string;
  /** Empty if an application calls for itself. */
  readonly persona: string;
  readonly client: string;
  /** Empty for the persona's own tenant. */
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  /** Empty for the persona's own groups. */
  readonly groups: readonly string[];
  readonly acrs: readonly string[];
  readonly version: 1 | 2;
  readonly fault: PlaygroundFaultName;
  readonly method: string;
  readonly path: string;
  /** JSON. Empty for a request without a body. */
  readonly body: string;
}

export const choiceNames: (keyof Choices)[] = [
  "authority",
  "persona",
  "client",
  "tenant",
  "scopes",
  "roles",
  "groups",
  "acrs",
  "version",
  "fault",
  "method",
  "path",
  "body",
];

/** Where tokens come from. */
export interface TokenSource extends Pick<LocalGate, "authorityUrls" | "resourcePaths"> {
  readonly entraUrl: string;
}

/** @throws Error if the choices have no user, and Entra issues such a token only to a user */
function requireUser({ authority, persona, client }: Choices, fault: PlaygroundFault): void {
  if (persona !== "") return;
  if (fault.instead === "id-token") throw new Error("An ID token is about a user. Choose a persona.");
  const { clients } = listPeople(authority);
  const chosen = clients.find(({ shortName }) => shortName === client);
  if (chosen === undefined || chosen.hasSecret) return;
  const others = clients.filter(({ hasSecret }) => hasSecret).map(({ name }) => name);
  throw new Error(
    `${chosen.name} has no secret, so it gets tokens only for users. Choose a persona, or one of these clients: ${others.join(", ")}.`,
  );
}

/**
 * Gets the chosen token from its authority.
 *
 * @returns the text after `Bearer`; `undefined` for no token
 * @throws Error if there is no such token, or with the text of the local Entra if it does not know a value
 */
export async function getToken(source: TokenSource, choices: Choices): Promise<string | undefined> {
  const fault = new Map<string, PlaygroundFault>(Object.entries(playgroundFaults)).get(choices.fault);
  if (fault === undefined) throw new Error(`no fault "${choices.fault}"`);
  if (fault.instead === "nothing") return undefined;
  const isDefault = choices.authority === defaultAuthority;
  const url = isDefault ? source.entraUrl : source.authorityUrls.get(choices.authority);
  if (url === undefined) throw new Error(`no authority "${choices.authority}"`);
  requireUser(choices, fault);
  const { persona, client, tenant, scopes, roles, groups, acrs, version } = choices;
  const identity = { persona: persona === "" ? null : persona, ...(tenant !== "" && { tenant }), roles };
  const [api] = (isDefault && chooseApi(source).api) || [];
  const token =
    fault.instead === "id-token"
      ? await post(`${url}/local/id-token`, { ...identity, nonce: "of-the-client" })
      : await post(`${url}/local/access-token`, {
          ...identity,
          ...(api !== undefined && { api }),
          client,
          scopes,
          ...(groups.length > 0 && { groups }),
          acrs,
          version,
          ...fault.change?.(Math.floor(Date.now() / 1_000)),
        });
  return fault.damage === undefined ? token : fault.damage(token);
}

async function post(url: string, body: object): Promise<string> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.trim());
  return text;
}
