import { type Client, clients } from "../../../entra/directory/clients.ts";
import { type PlaygroundFault, type PlaygroundFaultName, playgroundFaults } from "../../../entra/server/faults.ts";

/** Values of the page's form. */
export interface Choices {
  /** Empty if an application calls for itself. */
  readonly persona: string;
  readonly client: string;
  /** Empty for the persona's own tenant. */
  readonly tenant: string;
  readonly scopes: readonly string[];
  readonly roles: readonly string[];
  readonly acrs: readonly string[];
  readonly version: 1 | 2;
  readonly fault: PlaygroundFaultName;
  readonly method: string;
  readonly path: string;
}

export const choiceNames: (keyof Choices)[] = [
  "persona",
  "client",
  "tenant",
  "scopes",
  "roles",
  "acrs",
  "version",
  "fault",
  "method",
  "path",
];

/** Names the clients that can call without a user, because they have a secret. */
export function listOwnClients(): string {
  return listClients()
    .filter(({ secret }) => secret !== undefined)
    .map(({ name }) => name)
    .join(", ");
}

const listClients = (): readonly Client[] => Object.values(clients);

/** @throws Error if the choices have no user, and Entra issues such a token only to a user */
function requireUser({ persona, client }: Choices, fault: PlaygroundFault): void {
  if (persona !== "") return;
  if (fault.instead === "id-token") throw new Error("An ID token is about a user. Choose a persona.");
  const chosen = new Map<string, Client>(Object.entries(clients)).get(client);
  if (chosen === undefined || chosen.secret !== undefined) return;
  throw new Error(
    `${chosen.name} has no secret, so it gets tokens only for users. Choose a persona, or one of these clients: ${listOwnClients()}.`,
  );
}

/**
 * Gets the chosen token from the local Entra.
 *
 * @returns the text after `Bearer`; `undefined` for no token
 * @throws Error if there is no such token, or with the text of the local Entra if it does not know a value
 */
export async function getToken(entraUrl: string, choices: Choices): Promise<string | undefined> {
  const fault = new Map<string, PlaygroundFault>(Object.entries(playgroundFaults)).get(choices.fault);
  if (fault === undefined) throw new Error(`no fault "${choices.fault}"`);
  if (fault.instead === "nothing") return undefined;
  requireUser(choices, fault);
  const { persona, client, tenant, scopes, roles, acrs, version } = choices;
  const identity = { persona: persona === "" ? null : persona, ...(tenant !== "" && { tenant }), roles };
  const token =
    fault.instead === "id-token"
      ? await post(`${entraUrl}/local/id-token`, { ...identity, nonce: "of-the-client" })
      : await post(`${entraUrl}/local/access-token`, {
          ...identity,
          client,
          scopes,
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
