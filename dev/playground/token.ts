import { type PlaygroundFault, type PlaygroundFaultName, playgroundFaults } from "./faults.ts";

/** What the page's form says. */
export interface Choices {
  /** Empty: an app for itself. */
  readonly persona: string;
  readonly client: string;
  /** Empty: the persona's own. */
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
 * Gets what the choices say from the local Entra.
 *
 * @returns what stands after `Bearer`; `undefined` for no token
 * @throws Error with Entra's own words where it knows no such thing
 */
export async function getToken(entraUrl: string, choices: Choices): Promise<string | undefined> {
  const fault: PlaygroundFault | undefined = playgroundFaults[choices.fault];
  if (fault === undefined) throw new Error(`no fault "${choices.fault}"`);
  if (fault.instead === "nothing") return undefined;
  const { persona, client, tenant, scopes, roles, acrs, version } = choices;
  const identity = { ...(persona !== "" && { persona }), ...(tenant !== "" && { tenant }), roles };
  const token =
    fault.instead === "id-token"
      ? await post(`${entraUrl}/local/id-token`, { ...identity, nonce: "of-the-client" })
      : await post(`${entraUrl}/local/access-token`, {
          ...identity,
          ...{ client, scopes, acrs, version },
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
