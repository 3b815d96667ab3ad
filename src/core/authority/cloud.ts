import type { CloudName } from "../config/authority.ts";

/** The differences between Entra's clouds (Microsoft, "Microsoft Entra authentication and national clouds"). */
export interface Cloud {
  /** Host of v2.0 issuers, key sets and the sign-in page. */
  readonly login: string;
  /** Prefix of v1.0 issuers. US Government has the public cloud's. */
  readonly v1Issuer: string;
  /** Value of `cloud_instance_name` in keys of this cloud, if they have the member. */
  readonly instanceName: string;
}

export const clouds: Readonly<Record<CloudName, Cloud>> = {
  public: {
    login: "https://login.microsoftonline.com",
    v1Issuer: "https://sts.windows.net",
    instanceName: "microsoftonline.com",
  },
  usgov: {
    login: "https://login.microsoftonline.us",
    v1Issuer: "https://sts.windows.net",
    instanceName: "microsoftonline.us",
  },
  china: {
    login: "https://login.partner.microsoftonline.cn",
    v1Issuer: "https://sts.chinacloudapi.cn",
    instanceName: "partner.microsoftonline.cn",
  },
};
