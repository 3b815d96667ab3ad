import type { CloudName } from "../../src/tools/policy.ts";

/** Microsoft Graph v1.0 in each cloud (Microsoft, "Microsoft Graph national cloud deployments"). */
export const graphUrls: Readonly<Record<CloudName, string>> = {
  public: "https://graph.microsoft.com/v1.0",
  usgov: "https://graph.microsoft.us/v1.0",
  china: "https://microsoftgraph.chinacloudapi.cn/v1.0",
};
