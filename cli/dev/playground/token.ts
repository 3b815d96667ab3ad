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

/**
 * Gets the chosen token from the local Entra.
 *
 * @returns the text after `Bearer`; `undefined` for no token
 * @throws Error with the text of the local Entra if it does not know a value
 */
export async function getToken(entraUrl: string, choices: Choices): Promise<string | undefined> {
  const fault = new Map<string, PlaygroundFault>(Object.entries(playgroundFaults)).get(choices.fault);
  if (fault === undefined) throw new Error(`no fault "${choices.fault}"`);
  if (fault.instead === "nothing") return undefined;
  const { persona, client, tenant, scopes, roles, acrs, version } = choices;
  const identity = { ...(persona !== "" && { persona }), ...(tenant !== "" && { tenant }), roles };
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
