import type { CloudName } from "../config/cloud.ts";

/** What differs between Entra's clouds (Microsoft, "Microsoft Entra authentication and national clouds"). */
export interface Cloud {
  /** Host of v2.0 issuers, key sets and the sign-in page. */
  readonly login: string;
  /** Prefix of v1.0 issuers; US Government shares the public cloud's. */
  readonly v1Issuer: string;
  /** What keys of this cloud carry as `cloud_instance_name`, where they carry it. */
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
