// Names that derive from the authority, which is the origin of the request. Microsoft's hosts matter only if a test
// routes them to this worker.

/** `{tenantid}`, as Entra writes it in the metadata of `common` and in the issuer of every ordinary key. */
export const tenantPlaceholder = "{tenantid}";

/**
 * Whose host the issuers of v2.0 tokens have: that of the authority, or as in External ID, the host of the tenant or
 * that of the public cloud.
 */
export type IssuerHost = "authority" | "ciamlogin" | "microsoftonline";

/** Issuer of v2.0 tokens, without a slash at the end. */
export function formatIssuer(authority: string, tenantId: string, host: IssuerHost = "authority"): string {
  const origins = {
    authority,
    ciamlogin: `https://${tenantId}.ciamlogin.com`,
    microsoftonline: "https://login.microsoftonline.com",
  } as const satisfies Readonly<Record<IssuerHost, string>>;
  return `${origins[host]}/${tenantId}/v2.0`;
}

/** Issuer of v1.0 tokens, with a slash at the end. Microsoft's clouds use a separate host for it. */
export function formatIssuerV1(authority: string, tenantId: string): string {
  return `${findStsAddress(authority)}/${tenantId}/`;
}

/** `cloud_instance_name` of metadata and keys. */
export function findCloudInstanceName(authority: string): string {
  const { host } = new URL(authority);
  return host.startsWith("login.") ? host.slice("login.".length) : host;
}

function findStsAddress(authority: string): string {
  switch (authority) {
    case "https://login.microsoftonline.com":
    case "https://login.microsoftonline.us":
      return "https://sts.windows.net";
    case "https://login.partner.microsoftonline.cn":
    case "https://login.chinacloudapi.cn":
      return "https://sts.chinacloudapi.cn";
    default:
      return authority;
  }
}
