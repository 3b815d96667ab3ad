import { clients } from "../../../../entra/directory/clients.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { personas } from "../../../../entra/directory/personas.ts";
import type { AccessTokenOptions } from "../../../../entra/tokens/issuer.ts";
import { authorities } from "../../../../src/extensions/authorities/authorities.ts";
import { revocations } from "../../../../src/extensions/revocations/revocations.ts";
import { environmentWith } from "../../../support/environment.ts";
import { entra, tokenOf } from "../../../support/frozen-entra.ts";
import { frozenNowSeconds, settle } from "../../../support/io.ts";
import { createEntryPoint, type EntryPoint, type EntryPointName, type EntryPointOptions } from "./entry-points.ts";

/** The result of a request: its status, and the logged decisions. */
export type Outcome = readonly [status: number, event: string, reason?: string];

/** A request, or the last of several, about which a step of the guard decides. */
export interface GuardRow {
  readonly name: string;
  readonly options?: EntryPointOptions;
  /** Presents a token of the local Entra once, unless it is a function. */
  readonly arrive: AccessTokenOptions | ((entry: EntryPoint) => Promise<Response>);
  readonly outcome: Outcome;
  /** Whether the row needs a binding. DaloyJS passes none. */
  readonly needsBinding?: true;
}

const good: AccessTokenOptions = {};
const bad: AccessTokenOptions = { claims: { aud: "api://another" } };
const present = async (entry: EntryPoint, options: AccessTokenOptions, url?: string) =>
  entry.ask({ token: await tokenOf(options), ...(url !== undefined && { url }) });
/** Presents a token twice. The second time it is a known token. */
async function presentTwice(entry: EntryPoint, between: () => unknown): Promise<Response> {
  const token = await tokenOf(good);
  await entry.ask({ token });
  await between();
  return entry.ask({ token });
}

/** Presents a token that expires while the authority answers. */
async function presentWithSlowKeys(entry: EntryPoint, options: AccessTokenOptions): Promise<Response> {
  entry.io.setFetch((request) => {
    entry.io.jump(2 * 3_600_000);
    return entra.fetch(request);
  });
  return present(entry, options);
}
/** A key set or a discovery document. */
interface Published {
  readonly keys?: readonly { readonly n: string; readonly issuer?: string }[];
}
type Edit = (document: Published, url: string) => object;

/** Presents a token, and once more after the gate has renewed its keys from documents that `change` has edited. */
async function presentAfterRenewal(
  entry: EntryPoint,
  options: AccessTokenOptions,
  change: Edit,
  before: Edit = (document) => document,
): Promise<Response> {
  const publish = (edit: Edit) =>
    entry.io.setFetch(async (request) => {
      const document = await (await entra.fetch(request)).json<Published>();
      return Response.json(edit(document, request.url));
    });
  publish(before);
  const token = await tokenOf(options);
  await entry.ask({ token });
  publish(change);
  entry.io.jump(3_600_000);
  // The last use with the old set starts its renewal.
  await entry.ask({ token });
  await settle();
  return entry.ask({ token });
}
/** Keys that name no issuer, so that only the discovery document does. */
const withoutIssuers: Edit = ({ keys, ...rest }) => ({
  ...rest,
  ...(keys && { keys: keys.map(({ issuer: _, ...key }) => key) }),
});
const login = "https://contoso.ciamlogin.com";
const version1 = { vars: { ENTRA_ACCEPT_V1: "true", ENTRA_API_AUDIENCE: "api://orders" } };

/** A limiter that refuses at once. */
const RATE_LIMITER = { limit: async () => ({ success: false }) };
/** Allows a tenant this many times. */
function allowTenant(times: number): () => boolean {
  let left = times;
  return () => left-- > 0;
}
/** The option with a list that names the sample user, or with any other text in its place. */
function listing(rule: object | string): EntryPointOptions {
  const text = typeof rule === "string" ? rule : JSON.stringify({ schema: "entra-gate/revocations/1", rules: [rule] });
  return {
    revocations: revocations(),
    vars: { REVOCATIONS: { get: async () => new Response(text).body }, ENTRA_ALLOWED_CLIENTS: clients.daemon.clientId },
  };
}
const member = `${tenants.contoso.id}/${personas.member.oid}`;
const anyTenant = { ENTRA_TENANT_ID: "organizations" };

/** A second authority, whose callers and clients no route and no list names. */
const customers = "http://customers.localhost";
const { ENTRA_TENANT_ID, ENTRA_API_AUDIENCE } = environmentWith({});
const ofCustomers = {
  ENTRA_CUSTOMERS_AUTHORITY: customers,
  ENTRA_CUSTOMERS_TENANT_ID: ENTRA_TENANT_ID,
  ENTRA_CUSTOMERS_API_AUDIENCE: ENTRA_API_AUDIENCE,
  ENTRA_CUSTOMERS_ALLOWED_CLIENTS: clients.daemon.clientId,
};

/** Creates the rows for each entry point, because some of their options count calls. */
const guardRows = (): readonly GuardRow[] => [
  { name: "a good token", arrive: good, outcome: [200, "allowed"] },
  { name: "a known token", arrive: (entry) => presentTwice(entry, () => {}), outcome: [200, "allowed"] },
  {
    name: "a token of an authority that the route does not name, in report mode",
    options: { authorities: authorities("customers"), vars: { ...ofCustomers, GATE_MODE: "report" } },
    arrive: { authority: customers },
    outcome: [403, "refused", "authority_not_allowed"],
  },
  {
    name: "plain http",
    arrive: (entry) => present(entry, good, "http://api.contoso.example/orders"),
    outcome: [403, "refused", "plaintext_transport"],
  },
  {
    name: "a path with a stream without a name",
    arrive: (entry) => present(entry, good, "https://api.contoso.example/::$x/orders"),
    outcome: [404, "refused", "path_ambiguous"],
  },
  {
    name: "a path that some programs decode twice",
    arrive: (entry) => present(entry, good, "https://api.contoso.example/%25u006frders"),
    outcome: [404, "refused", "path_ambiguous"],
  },
  { name: "no token", arrive: (entry) => entry.ask({}), outcome: [401, "refused", "credential_missing"] },
  {
    name: "no token after the scheme",
    arrive: (entry) => entry.ask({ token: "a b" }),
    outcome: [400, "refused", "credential_malformed"],
  },
  {
    name: "a good token in another scheme",
    arrive: async (entry) => entry.ask({ token: await tokenOf(good), scheme: "DPoP " }),
    outcome: [401, "refused", "credential_other_scheme"],
  },
  {
    name: "three segments without content",
    arrive: (entry) => entry.ask({ token: "a.b.c" }),
    outcome: [401, "refused", "token_not_base64url"],
  },
  {
    name: "a second token in the query",
    arrive: (entry) => present(entry, good, "https://api.contoso.example/orders?access_token=x"),
    outcome: [400, "refused", "credential_also_in_query"],
  },
  {
    name: "a good token from an address after a bad one",
    options: { vars: { RATE_LIMITER } },
    async arrive(entry) {
      await present(entry, bad);
      return present(entry, good);
    },
    outcome: [429, "refused", "too_many_failures"],
    needsBinding: true,
  },
  {
    name: "a known token from an address after a bad one",
    options: { vars: { RATE_LIMITER } },
    arrive: (entry) => presentTwice(entry, () => present(entry, bad)),
    outcome: [200, "allowed"],
    needsBinding: true,
  },
  {
    name: "a known token from there, in another spelling of its header",
    options: { vars: { RATE_LIMITER } },
    async arrive(entry) {
      const token = await tokenOf(good);
      await entry.ask({ token });
      await present(entry, bad);
      return entry.ask({ token, scheme: "bEARER  " });
    },
    outcome: [200, "allowed"],
    needsBinding: true,
  },
  {
    name: "a known token that has expired, of a tenant about which code is not asked then",
    options: { vars: anyTenant, isTenantAllowed: allowTenant(1) },
    arrive: (entry) => presentTwice(entry, () => entry.io.jump(2 * 3_600_000)),
    outcome: [401, "refused", "expired"],
  },
  {
    name: "a header with its own key",
    arrive: { header: { jwk: {} } },
    outcome: [401, "refused", "header_not_allowed"],
  },
  { name: "another audience", arrive: bad, outcome: [401, "refused", "audience_mismatch"] },
  { name: "another tenant", arrive: { tenant: "fabrikam" }, outcome: [401, "refused", "tenant_not_allowed"] },
  {
    name: "a tenant that code does not allow",
    options: { vars: anyTenant, isTenantAllowed: allowTenant(0) },
    arrive: good,
    outcome: [401, "refused", "tenant_not_allowed"],
  },
  {
    name: "a token that expires while its keys are fetched",
    arrive: (entry) => presentWithSlowKeys(entry, good),
    outcome: [401, "refused", "expired"],
  },
  {
    name: "a token that expires while its keys are fetched, in report mode, without the scope",
    options: { vars: { GATE_MODE: "report" } },
    arrive: (entry) => presentWithSlowKeys(entry, { scopes: ["orders.read"] }),
    outcome: [401, "refused", "expired"],
  },
  {
    name: "a known token whose tenant code no longer allows",
    options: { vars: anyTenant, isTenantAllowed: allowTenant(1) },
    arrive: (entry) => presentTwice(entry, () => {}),
    outcome: [401, "refused", "tenant_not_allowed"],
  },
  { name: "a key that is not published", arrive: { key: "next" }, outcome: [401, "refused", "key_unknown"] },
  { name: "a key of another issuer", arrive: { key: "msa" }, outcome: [401, "refused", "key_issuer_mismatch"] },
  {
    name: "a known token whose key ID now belongs to another key",
    arrive: (entry) =>
      presentAfterRenewal(entry, good, ({ keys }) => ({
        keys: keys?.map((key, index) => ({ ...key, n: keys.at(index - 1)?.n })),
      })),
    outcome: [401, "refused", "signature_invalid"],
  },
  {
    name: "a known token of version 1.0 whose key was withdrawn for version 2.0",
    options: version1,
    arrive: (entry) =>
      presentAfterRenewal(entry, { version: 1, claims: { aud: "api://orders" } }, ({ keys }, url) => ({
        keys: url.includes("/v2.0/") ? keys?.slice(-1) : keys,
      })),
    outcome: [401, "refused", "key_unknown"],
  },
  {
    name: "a known token whose issuer the discovery document no longer names",
    options: { vars: { ENTRA_AUTHORITY: login } },
    arrive: (entry) =>
      presentAfterRenewal(
        entry,
        { authority: login },
        (document, url) => ({
          ...withoutIssuers(document, url),
          ...(document.keys === undefined && {
            issuer: `https://login.microsoftonline.com/${tenants.contoso.id}/v2.0`,
          }),
        }),
        withoutIssuers,
      ),
    outcome: [401, "refused", "issuer_mismatch"],
  },
  {
    name: "a key of personal accounts under version 1.0",
    options: version1,
    arrive: { version: 1, key: "msa", claims: { aud: "api://orders" } },
    outcome: [401, "refused", "key_issuer_mismatch"],
  },
  {
    name: "a changed signature",
    async arrive(entry) {
      const token = await tokenOf(good);
      const at = token.length - 20;
      return entry.ask({ token: token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1) });
    },
    outcome: [401, "refused", "signature_invalid"],
  },
  {
    name: "a revoked token",
    options: { revokedAtSeconds: () => frozenNowSeconds + 1 },
    arrive: good,
    outcome: [403, "refused", "token_revoked"],
  },
  {
    name: "a user that the list of revocations names",
    options: listing({ user: member, before: "2099-01-01T00:00:00Z" }),
    arrive: good,
    outcome: [403, "refused", "token_revoked"],
  },
  {
    name: "a known token of a user that the list of revocations blocks",
    options: listing({ user: member, block: true, until: "2099-01-01T00:00:00Z" }),
    arrive: (entry) => presentTwice(entry, () => {}),
    outcome: [403, "refused", "caller_blocked"],
  },
  {
    name: "a user that the list of revocations does not name",
    options: listing({ user: member, before: "2001-01-01T00:00:00Z" }),
    arrive: good,
    outcome: [403, "refused", "client_not_allowed"],
  },
  {
    name: "a list of revocations that is invalid",
    options: listing("{}"),
    arrive: good,
    outcome: [503, "refused", "revocations_unavailable"],
  },
  {
    name: "a list of revocations without its option",
    options: { vars: { REVOCATIONS: { get: async () => null } } },
    arrive: good,
    outcome: [500, "refused", "misconfigured"],
    needsBinding: true,
  },
  {
    name: "a client that is not listed",
    options: { vars: { ENTRA_ALLOWED_CLIENTS: clients.daemon.clientId } },
    arrive: good,
    outcome: [403, "refused", "client_not_allowed"],
  },
  { name: "a missing scope", arrive: { scopes: ["orders.read"] }, outcome: [403, "refused", "scope_missing"] },
  {
    name: "a missing scope in report mode",
    options: { vars: { GATE_MODE: "report" } },
    arrive: { scopes: ["orders.read"] },
    outcome: [200, "reported", "scope_missing"],
  },
  {
    name: "a revoked token in report mode",
    options: { vars: { GATE_MODE: "report" }, revokedAtSeconds: () => frozenNowSeconds + 1 },
    arrive: good,
    outcome: [403, "refused", "token_revoked"],
  },
  {
    name: "another audience in report mode",
    options: { vars: { GATE_MODE: "report" } },
    arrive: bad,
    outcome: [401, "refused", "audience_mismatch"],
  },
];

/** The rows that an entry point can have. */
export const rowsOf = (name: EntryPointName): readonly GuardRow[] =>
  guardRows().filter(({ needsBinding }) => !needsBinding || name !== "DaloyJS");

/** Tries a row at an entry point. */
export async function tryRow(name: EntryPointName, { options, arrive }: GuardRow): Promise<Outcome> {
  const entry = createEntryPoint(name, options);
  let marked = 0;
  const ask: EntryPoint["ask"] = (question) => {
    marked = entry.io.lines.length;
    return entry.ask(question);
  };
  const response =
    typeof arrive === "function" ? await arrive({ ...entry, ask }) : await present({ ...entry, ask }, arrive);
  const decided = entry.io.lines.slice(marked).filter(({ event }) => isDecision(event));
  const [{ event, reason } = {}] = decided;
  const outcome = [response.status, decided.length === 1 ? event : `${decided.length} decisions`];
  return (reason === undefined ? outcome : [...outcome, reason]) as unknown as Outcome;
}

/** Finds the first row of an entry point with another outcome than expected. */
export async function findRed(name: EntryPointName): Promise<string | undefined> {
  for (const row of rowsOf(name)) {
    const outcome = await tryRow(name, row).catch((error: unknown) => [String(error)]);
    if (JSON.stringify(outcome) !== JSON.stringify(row.outcome)) return `${row.name}: ${JSON.stringify(outcome)}`;
  }
  return undefined;
}

const isDecision = (event: unknown) => event === "allowed" || event === "refused" || event === "reported";
