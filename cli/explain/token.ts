import { fail, isGuid, type Result, succeed } from "../../src/cli-exports/common.ts";
import {
  type CheckedClaims,
  checkClaims,
  checkHeader,
  checkTenant,
  chooseKeys,
  type Denial,
  decodeUnverifiedToken,
  findAuthority,
  findSecondCredential,
  type JsonObject,
  readBearer,
  readIdentity,
  verifySignature,
  vouchForKeys,
} from "../../src/cli-exports/gate.ts";
import { createAuthority } from "../../src/cli-exports/policy.ts";
import { type Facts, walk } from "./facts/facts.ts";
import type { CheckRecorder } from "./recorder.ts";
import { repairClaims, repairHeader } from "./repairs.ts";
import {
  authoritySteps,
  bearerSteps,
  claimSteps,
  decodeSteps,
  headerSteps,
  keySteps,
  tenantDecisionSteps,
} from "./token-steps.ts";
import type { ExplainTools } from "./tools.ts";

/** Checks the header, the token and its keys, in the order of `createAuthenticator`. */
export async function walkToken(recorder: CheckRecorder, tools: ExplainTools): Promise<void> {
  const decoded = await walkForm(recorder);
  if (decoded === undefined) return skipFrom(recorder, [headerSteps, claimSteps, decisionSteps(recorder), keySteps]);
  const { facts, record } = recorder;
  const header = await walk(decoded.header, checkHeader, repairHeader);
  record(headerSteps, header);
  chooseAuthority(recorder, decoded.claims);
  const { authority, config, nowSeconds } = facts;
  const { tenants, audiences, clockSkewSeconds } = config;
  const claims = await walk(
    { claims: decoded.claims, rules: { authority, tenants, audiences, clockSkewSeconds } },
    (state) => checkClaims(state.claims, state.rules, nowSeconds),
    (denial, state) => repairClaims(denial, state, nowSeconds),
  );
  record(claimSteps, claims);
  const checked = claims.value;
  if (checked === undefined) return skipFrom(recorder, [decisionSteps(recorder), keySteps]);
  await walkDecision(recorder, checked, tools);
  facts.identity = readIdentity(claims.state.claims, checked);
  if (header.value === undefined) return skipFrom(recorder, [keySteps]);
  await walkKeys(recorder, header.value, checked, tools);
}

/** Chooses the authority that checks the token, as the gate does, if it has several. */
function chooseAuthority({ facts, record }: CheckRecorder, claims: JsonObject): void {
  const { config } = facts;
  if (config.authorities.length === 1) return;
  const all = config.authorities.map((own) => ({ ...createAuthority(own), tenants: own.tenants, own }));
  const chosen = findAuthority(all, claims);
  // No authority has the tenant with this issuer.
  if (chosen === undefined) facts.config = { ...config, tenants: { decided: "by-list", allowed: new Set() } };
  else {
    facts.config = { ...config, ...chosen.own };
    facts.authority = chosen;
  }
  record(authoritySteps, { failures: [], state: undefined, value: true });
}

async function walkForm({
  facts,
  record,
  skip,
}: CheckRecorder): Promise<{ header: JsonObject; claims: JsonObject } | undefined> {
  const bearer = await walk(facts, readCredential, giveUp);
  record(bearerSteps, bearer);
  if (bearer.value === undefined) {
    skip(decodeSteps, "not-reached");
    return undefined;
  }
  facts.token = bearer.value;
  const decoded = await walk(bearer.value, decodeUnverifiedToken, giveUp);
  if (decoded.value !== undefined) {
    facts.header = decoded.value.header;
    facts.claims = decoded.value.claims;
  }
  record(decodeSteps, decoded);
  return decoded.value;
}

function readCredential({ question, ownsAccessTokenParameter }: Facts): Result<string, Denial> {
  const { authorization, request } = question;
  const url = ownsAccessTokenParameter ? undefined : request?.url;
  const second = url === undefined ? undefined : findSecondCredential(authorization, url);
  return second === undefined ? readBearer(authorization) : fail(second);
}

async function walkDecision(
  { facts, record }: CheckRecorder,
  checked: CheckedClaims,
  { io }: ExplainTools,
): Promise<void> {
  const { isTenantAllowed } = facts.options;
  if (isTenantAllowed === undefined) return;
  const denial = await checkTenant(io, checked, isTenantAllowed);
  record(tenantDecisionSteps, { failures: denial ? [denial] : [], state: undefined, value: denial ? undefined : true });
}

async function walkKeys(
  recorder: CheckRecorder,
  kid: string,
  checked: CheckedClaims,
  { keys }: ExplainTools,
): Promise<void> {
  const { facts, record, skip } = recorder;
  if (keys === undefined) return skip(keySteps, "unknown", "the signature was not checked");
  const source = facts.authority.keySource(checked.tenant, checked.version);
  facts.source = source;
  const found = await keys.find(source, kid);
  const walked = await walk(
    { anyKey: false },
    async ({ anyKey }) => {
      if (!found.ok) return found;
      const chosen = chooseKeys(found.value, checked);
      const vouched =
        chosen.ok && source.vouching !== undefined
          ? vouchForKeys(chosen.value, checked, facts.authority, await keys.find(source.vouching, kid))
          : chosen;
      if (!vouched.ok && !anyKey) return vouched;
      const candidates = vouched.ok ? vouched.value : found.value.keys.map((key) => ({ key, voucher: undefined }));
      const signature = await verifySignature(facts.token ?? "", candidates);
      return signature.ok ? succeed(true) : fail(signature.error);
    },
    ({ reason }, { anyKey }) =>
      !anyKey && (reason === "key_issuer_mismatch" || reason === "issuer_mismatch") ? { anyKey: true } : undefined,
  );
  const [failure] = walked.failures;
  const appId = String(facts.claims?.aud).replace(/^api:\/\//, "");
  if (failure?.reason === "key_unknown" && isGuid(appId)) facts.keyOfApp = await keys.isKeyOfApp(source, kid, appId);
  if (failure === undefined) recorder.signature = "held";
  else if (failure.reason !== "keys_unavailable") recorder.signature = "failed";
  record(keySteps, walked);
}

const decisionSteps = ({ facts }: CheckRecorder) => (facts.options.isTenantAllowed ? tenantDecisionSteps : []);

function skipFrom({ skip }: CheckRecorder, parts: readonly Parameters<CheckRecorder["skip"]>[0][]): void {
  for (const steps of parts) skip(steps, "not-reached");
}

/** For parts that cannot continue after a failure. */
function giveUp(): undefined {
  return undefined;
}
