import { formatIssuer, formatIssuerV1 } from "../../entra/common/authority.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { tenants as directory } from "../../entra/directory/directory.ts";
import { addNumberedMembers } from "../../entra/directory/numbered-members.ts";
import type { TestEntra } from "../../entra/testing.ts";
import type { TestTokenOptions } from "../../entra/tokens/issuer.ts";
import { isGuid } from "../../src/cli-exports/common.ts";
import { credentialVariables } from "../../src/cli-exports/documents.ts";
import { type Environment, issuerVariables, namesOf } from "../../src/cli-exports/policy.ts";
import type { PolicySettings } from "../project/policy-settings.ts";

/** The test authority, for the tenants and the API of a configuration. */
export interface TrialAuthority {
  /** The variables that decide who may call, with the test authority in place of Entra. */
  readonly environment: Environment;
  /** Answers the gate's requests for keys. Nothing else leaves the machine. */
  fetch(request: Request | string): Promise<Response>;
  /** Issues a token as Entra would for this API. */
  issue(options: TestTokenOptions): Promise<string>;
  /** Groups of the user of an issued token, which may be too many for the token. */
  groupsOf(token: string): readonly string[];
}

/** Variables and bindings without which a policy is the same: those of the origin, a proxy, the log, own keys and other APIs. */
const unneeded =
  /^(?:ORIGIN|GATE_LOG|GATE_TLS_PROXY|TOKEN_CACHE)(?:_|$)|^(?:RATE_LIMITER|DECISIONS|ENTRA_CLOUD|ENTRA_CLIENT_ID)$/;
const unneededNames: readonly string[] = [...credentialVariables, ...namesOf(issuerVariables)];

const { findTenant, findUser } = addNumberedMembers(createDirectory());

/**
 * Creates the test authority. Its tenant `contoso` is the first tenant of the configuration.
 *
 * @param entra the keys and tokens of the authority
 */
export function createTrialAuthority(
  environment: Environment,
  settings: PolicySettings,
  entra: TestEntra,
): TrialAuthority {
  const { tenants, audiences, allowedClients } = settings;
  const authority = entra.variables.ENTRA_AUTHORITY;
  const [ownTenant = directory.contoso.id] = tenants.decided === "by-list" ? tenants.allowed : [];
  const [client] = allowedClients ?? [];
  const groupsByToken = new Map<string, readonly string[]>();
  const kept = Object.entries(environment).filter(([name]) => !unneeded.test(name) && !unneededNames.includes(name));
  return {
    environment: {
      ...Object.fromEntries(kept),
      ENTRA_AUTHORITY: authority,
      GATE_LOG_ALLOWED: "1",
      GATE_LOG_SUBJECT: "none",
    },
    async fetch(input) {
      const request = new Request(input);
      const [, tenant = ""] = new URL(request.url).pathname.split("/");
      const isKnown = Object.values(directory).some(({ id }) => id === tenant);
      if (!request.url.startsWith(`${authority}/`)) throw new TypeError("closed: a policy test uses no network");
      if (isKnown) return entra.fetch(request);
      // The directory has fixed tenants. Any other tenant is like Contoso.
      const response = await entra.fetch(new Request(request.url.replace(tenant, directory.contoso.id)));
      return new Response((await response.text()).replaceAll(directory.contoso.id, tenant), response);
    },
    groupsOf: (token) => groupsByToken.get(token) ?? [],
    async issue(options) {
      const given = options.claims ?? {};
      const user = findUser(options.persona ?? "member");
      const tenantOfUser = user?.tenant;
      const tenant = options.tenant === undefined ? tenantOfUser : findTenant(options.tenant);
      const version = options.version ?? ([...audiences].some(isGuid) ? 2 : 1);
      const tid = given.tid ?? (tenant?.id === directory.contoso.id ? ownTenant : undefined);
      const issuer = version === 1 ? formatIssuerV1 : formatIssuer;
      const aud = [...audiences].find((each) => version === 1 || isGuid(each));
      const clientClaim = version === 1 ? "appid" : "azp";
      const token = await entra.token({
        ...options,
        version,
        claims: {
          ...(tid !== undefined && { tid, iss: issuer(authority, String(tid)) }),
          ...(aud !== undefined && { aud }),
          ...(client !== undefined && options.client === undefined && { [clientClaim]: client }),
          ...given,
        },
      });
      groupsByToken.set(token, options.groups ?? user?.groups ?? []);
      return token;
    },
  };
}
