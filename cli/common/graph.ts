import type { CloudName } from "../../src/cli-exports/policy.ts";

/** Microsoft Graph v1.0 in each cloud (Microsoft, "Microsoft Graph national cloud deployments"). */
export const graphUrls: Readonly<Record<CloudName, string>> = {
  public: "https://graph.microsoft.com/v1.0",
  usgov: "https://graph.microsoft.us/v1.0",
  china: "https://microsoftgraph.chinacloudapi.cn/v1.0",
};

/** Client ID of Microsoft Graph. */
export const graphAppId = "00000003-0000-0000-c000-000000000000";

/** IDs of the delegated permissions that the gate can need (Microsoft, "Microsoft Graph permissions reference"). */
const permissionIds: Readonly<Record<string, string>> = {
  "User.Read": "e1fe6dd8-ba31-4d61-89e7-88639da4683d",
  "GroupMember.Read.All": "bc024368-1153-4739-b217-4326f2e966d0",
};

/** Delegated permissions as a registration has them (resource type resourceAccess). */
export function listAccess(permissions: readonly string[]): readonly { readonly id: string; readonly type: "Scope" }[] {
  return permissions.flatMap((name) => {
    const id = permissionIds[name];
    return id === undefined ? [] : [{ id, type: "Scope" as const }];
  });
}

/** The command of the Azure CLI that adds delegated permissions to a registration. */
export function writePermissionCommand(clientId: string, permissions: readonly string[]): string {
  const access = listAccess(permissions).map(({ id, type }) => `${id}=${type}`);
  return `az ad app permission add --id ${clientId} --api ${graphAppId} --api-permissions ${access.join(" ")}`;
}
