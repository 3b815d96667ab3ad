import { type Client, clients } from "./clients.ts";

/** The blueprint with this App ID. It is a client whose credential lets it act for its agents. */
export function findBlueprint(clientId: string): Client | undefined {
  const agent = Object.values<Client>(clients).find(({ blueprint }) => blueprint === clientId);
  if (agent === undefined) return undefined;
  const { blueprint: _, ...registration } = agent;
  return { ...registration, clientId, name: `Blueprint of ${agent.name}`, appRoles: [] };
}
