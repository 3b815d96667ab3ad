import type { Io } from "../../src/cli-exports/common.ts";
import { fetchKeyDocument, parseKeySet } from "../../src/cli-exports/gate.ts";
import {
  type AuthorityConfig,
  createAuthority,
  defaultAuthority,
  fetchDocument,
  type KeySource,
  readDiscovery,
  type TokenVersion,
  withinFetchDeadline,
} from "../../src/cli-exports/policy.ts";
import { readJson } from "../../src/cli-exports/text.ts";
import { type Finding, findingsOf, spellFinding } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("tenants");

/** With a larger difference, valid tokens can look expired or not yet valid, even with the default clock skew. */
const clockDifferenceMilliseconds = 30_000;

const noAnswer =
  "a network that reaches the authority: check DNS, firewall and ENTRA_AUTHORITY; --offline omits this check";

/** Whether the authority answered at all: without an answer, no variable of a tenant is wrong. */
const isAnswer = (problem: string) => !/^(?:unreachable|timed out)/.test(problem);

/**
 * Checks discovery and keys of each tenant of each authority as the gate fetches them, and compares the clock with
 * theirs.
 */
export async function examineTenants({ config, io, code }: DoctorSubject): Promise<readonly Finding[]> {
  if (io === undefined) return [skipped("--offline: discovery and keys were not requested")];
  const decider = code.problem === undefined ? "isTenantAllowed decides" : "ENTRA_ALLOWED_TENANTS is missing";
  const findings = await Promise.all(
    config.authorities.map(async (authority) => {
      const found = await examineAuthority(io, authority, decider);
      return found.map((finding) => spellFinding(finding, authority.name));
    }),
  );
  return findings.flat();
}

async function examineAuthority(io: Io, config: AuthorityConfig, decider: string): Promise<readonly Finding[]> {
  const { name, tenants, acceptV1 } = config;
  const whose = name === defaultAuthority ? "" : ` of ${name}`;
  if (tenants.decided === "in-code") return [skipped(`the tenants${whose} are unknown: ${decider}`)];
  const versions: readonly TokenVersion[] = acceptV1 ? ["2.0", "1.0"] : ["2.0"];
  const clock: { differenceMs?: number } = {};
  const watching = watchClock(io, clock);
  const pairs = [...tenants.allowed].flatMap((tenant) => versions.map((version) => [tenant, version] as const));
  const findings = await Promise.all(
    pairs.map(([tenant, version]) => examineTenant(watching, config, tenant, version)),
  );
  return [...findings.flat(), ...judgeClock(clock.differenceMs)];
}

async function examineTenant(
  io: Io,
  config: AuthorityConfig,
  tenant: string,
  version: TokenVersion,
): Promise<readonly Finding[]> {
  const authority = createAuthority(config);
  const source = authority.keySource(tenant, version);
  return [await examineDiscovery(io, authority.login, source, version), await examineKeys(io, source)];
}

async function examineDiscovery(
  io: Io,
  base: string,
  { tenant, location }: KeySource,
  version: TokenVersion,
): Promise<Finding> {
  const url = `${base}/${tenant}${version === "2.0" ? "/v2.0" : ""}/.well-known/openid-configuration`;
  const fetched = await withinFetchDeadline(io, (signal) => fetchDocument(io, url, signal));
  if (!fetched.ok) {
    return fault(
      `${url}: ${fetched.error.problem}`,
      isAnswer(fetched.error.problem)
        ? "compare ENTRA_TENANT_ID, ENTRA_CLOUD and ENTRA_AUTHORITY; Entra answers 400 for a tenant that it does not know"
        : noAnswer,
    );
  }
  // The issuer of v1.0 tokens is on a separate host, which is fixed in the gate.
  if (version === "1.0") return good(`discovery of ${tenant}, v1.0`);
  // A cloud has one issuer for a tenant, which is fixed in the gate.
  const pin = location.kind === "discovery" ? location.pin : { origins: [base], issuers: [`${base}/${tenant}/v2.0`] };
  const read = readDiscovery(readJson(fetched.value), pin);
  return read.ok
    ? good(`discovery of ${tenant}: issuer ${read.value.issuer}`)
    : fault(
        `${url}: ${read.error}`,
        `one of the issuers ${pin.issuers.join(", ")}, with keys at ${pin.origins.join(" or ")}`,
      );
}

async function examineKeys(io: Io, source: KeySource): Promise<Finding> {
  const fetched = await fetchKeyDocument(io, source);
  if (!fetched.ok) {
    const { problem } = fetched.error;
    return fault(
      `keys of ${source.id}: ${problem}`,
      isAnswer(problem) ? "npx entra-gate docs explanation/keys" : noAnswer,
    );
  }
  const parsed = await parseKeySet(fetched.value);
  if (!parsed.ok) return fault(`keys of ${source.id}: ${parsed.error}`, "npx entra-gate docs explanation/keys");
  const { keys, digest } = parsed.value;
  return good(`keys of ${source.id}: ${keys.size} usable, digest ${digest.slice(0, 12)}`);
}

/** Records how far the authority's clock is ahead. */
function watchClock(io: Io, clock: { differenceMs?: number }): Io {
  return {
    ...io,
    async fetch(request) {
      const response = await io.fetch(request);
      const theirsMs = Date.parse(response.headers.get("date") ?? "");
      if (!Number.isNaN(theirsMs)) clock.differenceMs = theirsMs - io.now();
      return response;
    },
  };
}

function judgeClock(differenceMs: number | undefined): readonly Finding[] {
  if (differenceMs === undefined) return [];
  const seconds = Math.round(Math.abs(differenceMs) / 1_000);
  if (Math.abs(differenceMs) < clockDifferenceMilliseconds) return [good("this clock agrees with the authority's")];
  return [
    warning(
      `this clock is ${seconds} s ${differenceMs > 0 ? "behind" : "ahead of"} the authority's`,
      "correct this machine's clock",
    ),
  ];
}
