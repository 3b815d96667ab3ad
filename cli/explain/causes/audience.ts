import { isGuid } from "../../../src/cli-exports/common.ts";
import type { Facts } from "../facts/facts.ts";
import { type CauseRule, textOf } from "./rule.ts";

const ownApi =
  "Let the client request a scope of this API, `api://<client id>/<scope>`. The requested scope decides for which API Entra issues the token.";

/** Microsoft's own APIs, by application ID and by URI. */
const graph = ["00000003-0000-0000-c000-000000000000", "https://graph.microsoft.com"];
const microsoftApis = [
  "00000002-0000-0000-c000-000000000000",
  "797f4846-ba00-4fd7-ba43-dac1f8f63013",
  "https://graph.windows.net",
  "https://management.azure.com",
  "https://management.core.windows.net",
  "https://vault.azure.net",
  "https://storage.azure.com",
  "https://outlook.office.com",
  "https://outlook.office365.com",
];

const audienceOf = (facts: Facts): string => textOf(facts, "aud").replace(/\/$/, "");

/** Whether an audience is one of Microsoft's own APIs, so no gate protects it. */
export const isMicrosoftApi = (audience: string): boolean =>
  [...graph, ...microsoftApis].includes(audience.replace(/\/$/, ""));

const accepted = ({ config }: Facts): readonly string[] => [...config.audiences];
const plain = (audience: string): string =>
  audience
    .toLowerCase()
    .replace(/^api:\/\//, "")
    .replace(/\/$/, "");

const isMismatch = ({ reason }: { readonly reason: string }) => reason === "audience_mismatch";

/** The token is for another API, or has another name of this API. */
export const audienceCauses: readonly CauseRule[] = [
  {
    id: "graph-audience",
    title: "The token is for Microsoft Graph, not for this API.",
    fix: [ownApi],
    note: "User.Read, profile and openid are scopes of Graph: a token for them is for Graph.",
    fits: (denial, facts) => isMismatch(denial) && graph.includes(audienceOf(facts)),
  },
  {
    id: "microsoft-api-audience",
    title: "The token is for one of Microsoft's own APIs, not for this one.",
    fix: [ownApi, "With the Azure CLI: run `az account get-access-token --resource api://<client id>`."],
    fits: (denial, facts) => isMismatch(denial) && microsoftApis.includes(audienceOf(facts)),
  },
  {
    id: "audience-uri-for-guid",
    title: "The token names this API by its App ID URI, and the gate is configured only with the client ID.",
    fix: [
      "Add the URI to ENTRA_API_AUDIENCE beside the GUID, exactly as it is in the token: v1.0 tokens can have it as `aud`.",
      "Or, better, set `requestedAccessTokenVersion` to 2 in the API's manifest; then `aud` is always the GUID.",
    ],
    fits: (denial, facts) =>
      isMismatch(denial) &&
      /^[a-z][a-z0-9+.-]*:\/\//i.test(audienceOf(facts)) &&
      (accepted(facts).includes(plain(audienceOf(facts))) || (facts.config.acceptV1 && accepted(facts).every(isGuid))),
  },
  {
    id: "audience-guid-for-uri",
    title: "The token names this API by its client ID, and the gate is configured only with the App ID URI.",
    fix: [
      "Set ENTRA_API_AUDIENCE to the client ID of the API's registration: the `aud` of a v2.0 token is always the GUID, whatever the App ID URI.",
    ],
    fits: (denial, facts) => isMismatch(denial) && isGuid(audienceOf(facts)) && !accepted(facts).some(isGuid),
  },
  {
    id: "audience-spelling",
    title: "The audience is this API's, but with another letter case or a slash at the end.",
    fix: ["Write ENTRA_API_AUDIENCE exactly as `aud` is in the token. The gate compares every character."],
    fits: (denial, facts) =>
      isMismatch(denial) && accepted(facts).some((audience) => plain(audience) === plain(audienceOf(facts))),
  },
  {
    id: "audience-is-client",
    title: "The token is for the client itself, not for this API.",
    fix: [ownApi],
    note: "A client that requests `<its own client ID>/.default` gets a token for itself.",
    fits: (denial, facts) =>
      isMismatch(denial) &&
      audienceOf(facts) !== "" &&
      [textOf(facts, "azp"), textOf(facts, "appid")].includes(audienceOf(facts)),
  },
  {
    id: "other-api",
    title: "The token is for another API.",
    fix: [ownApi, "If this is the API: compare ENTRA_API_AUDIENCE with Application (client) ID in its registration."],
    fits: isMismatch,
  },
];
