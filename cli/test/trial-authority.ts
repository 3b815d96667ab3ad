import { formatIssuer, formatIssuerV1 } from "../../entra/common/authority.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { describeCustomers } from "../../entra/directory/customer-directory.ts";
import { tenants as directory } from "../../entra/directory/directory.ts";
import { addNumberedMembers } from "../../entra/directory/numbered-members.ts";
import { createTestEntra, type TestEntra } from "../../entra/testing.ts";
import type { TestTokenOptions } from "../../entra/tokens/issuer.ts";
import { isGuid } from "../../src/cli-exports/common.ts";
import { credentialVariables } from "../../src/cli-exports/documents.ts";
import {
  type AuthorityConfig,
  defaultAuthority,
  type Environment,
  issuerVariables,
  namesOf,
} from "../../src/cli-exports/policy.ts";
import { spellForAuthority } from "../common/authority-variables.ts";
import { UsageError } from "../common/usage-error.ts";
import type { PolicySettings } from "../project/policy-settings.ts";

/** Options of a token of one of the authorities. */
export interface TrialTokenOptions extends TestTokenOptions {
  /** Name of the authority; the default one if absent. */
  readonly authority?: string;
}

/**
 * The test authority, for the tenants and the API of a configuration, with one for each further authority of the gate.
 */
export interface TrialAuthority {
  /** The variables that decide who may call, with the test authority in place of Entra. */
  readonly environment: Environment;
  /** Answers the gate's requests for keys. Nothing else leaves the machine. */
  fetch(request: Request | string): Promise<Response>;
  /** Issues a token as Entra would for this API. */
  issue(options: TrialTokenOptions): Promise<string>;
  /** Groups of the user of an issued token, which may be too many for the token. */
  groupsOf(token: string): readonly string[];
}

/**
 * Variables and bindings without which a policy is the same: those of the origin, a proxy, the log, own keys and other
 * APIs.
 */
const unneeded =
  /^(?:ORIGIN|GATE_LOG|GATE_TLS_PROXY|TOKEN_CACHE)(?:_|$)|^(?:RATE_LIMITER|DECISIONS|ENTRA_CLOUD|ENTRA_CLIENT_ID)$/;
const unneededNames: readonly string[] = [...credentialVariables, ...namesOf(issuerVariables)];

/** Creates the keys and tokens of an authority with a name. */
export type CreateNamed = (name: string) => Omit<TestEntra<string>, "variables"> & {
  readonly variables: Readonly<Record<string, string>>;
};

/** One authority: its first tenant is the first tenant of the configuration. */
type OneAuthority = Pick<TrialAuthority, "fetch" | "issue"> & { readonly url: string };

/**
 * Creates the test authority. Its tenant `contoso` is the first tenant of the configuration.
 *
 * @param entra the keys and tokens of the default authority
 * @param createNamed creates those of another one
 */
export function createTrialAuthority(
  environment: Environment,
  settings: PolicySettings,
  entra: TestEntra,
  createNamed: CreateNamed = (name) => createTestEntra({ authority: name }),
): TrialAuthority {
  const groupsByToken = new Map<string, readonly string[]>();
  const all = new Map(
    settings.authorities.map((own) => [
      own.name,
      createOne(own, own.name === defaultAuthority ? entra : createNamed(own.name), groupsByToken),
    ]),
  );
  const urls = [...all].map(([name, { url }]) => [spellForAuthority("ENTRA_AUTHORITY", name), url]);
  const clouds = settings.authorities.map(({ name }) => spellForAuthority("ENTRA_CLOUD", name));
  const kept = Object.entries(environment).filter(
    ([name]) => !unneeded.test(name) && !unneededNames.includes(name) && !clouds.includes(name),
  );
  return {
    environment: {
      ...Object.fromEntries(kept),
      ...Object.fromEntries(urls),
      GATE_LOG_ALLOWED: "1",
      GATE_LOG_SUBJECT: "none",
    },
    async fetch(input) {
      const request = new Request(input);
      const asked = [...all.values()].find(({ url }) => request.url.startsWith(`${url}/`));
      if (asked === undefined) throw new TypeError("closed: a policy test uses no network");
      return asked.fetch(request);
    },
    groupsOf: (token) => groupsByToken.get(token) ?? [],
    async issue({ authority = defaultAuthority, ...options }) {
      const issuing = all.get(authority);
      if (issuing !== undefined) return issuing.issue(options);
      const known = [...all.keys()].join(", ");
      throw new UsageError(`a caller has the authority ${authority}, which the gate does not declare. Use ${known}`);
    },
  };
}

function createOne(
  { name, tenants, audiences, allowedClients }: AuthorityConfig,
  entra: ReturnType<CreateNamed>,
  groupsByToken: Map<string, readonly string[]>,
): OneAuthority {
  const isDefault = name === defaultAuthority;
  const {
    findTenant,
    findUser,
    tenants: known,
  } = isDefault ? addNumberedMembers(createDirectory()) : createDirectory(describeCustomers(name));
  const authority = Object.entries<string>(entra.variables).find(([variable]) => variable.endsWith("_AUTHORITY"))![1];
  const [{ id: home } = directory.contoso] = known;
  const [ownTenant = home] = tenants.decided === "by-list" ? tenants.allowed : [];
  const [client] = allowedClients ?? [];
  return {
    url: authority,
    async fetch(input) {
      const request = new Request(input);
      const [, tenant = ""] = new URL(request.url).pathname.split("/");
      if (known.some(({ id }) => id === tenant)) return entra.fetch(request);
      // The directory has fixed tenants. Any other tenant is like the first one.
      const response = await entra.fetch(new Request(request.url.replace(tenant, home)));
      return new Response((await response.text()).replaceAll(home, tenant), response);
    },
    async issue(options) {
      const given = options.claims ?? {};
      const user = findUser(options.persona ?? (isDefault ? "member" : "customer"));
      const tenantOfUser = user?.tenant;
      const tenant = options.tenant === undefined ? tenantOfUser : findTenant(options.tenant);
      const version = options.version ?? ([...audiences].some(isGuid) ? 2 : 1);
      const tid = given.tid ?? (tenant?.id === home ? ownTenant : undefined);
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
