/** Scope of the tokens with which a blueprint and its agents identify themselves to Entra. */
export const exchangeScope = "api://AzureADTokenExchange/.default";
/** `aud` of these tokens, and of federated credentials in the public cloud. */
export const exchangeAudience = "api://AzureADTokenExchange";

/** `sub` of a blueprint's token for one of its agents. */
export function formatAgentSubject(tenantId: string, blueprint: string, agentId: string): string {
  return `/eid1/c/pub/t/${tenantId}/a/${blueprint}/${agentId}`;
}
