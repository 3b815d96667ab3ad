import { expect, it } from "vitest";
import type { Denial, Reason } from "../../../src/base/common/denial.ts";
import { isReportable } from "../../../src/core/policy/report.ts";
import type { Access } from "../../../src/core/policy/rule.ts";

const ofDefault = { authority: "default" };

const isReportableFor = (reason: Reason) => isReportable({ reason } as Denial, { kind: "default" }, ofDefault);

it.each([
  "client_not_allowed",
  "agent_not_allowed",
  "tenant_not_allowed_here",
  "kind_not_allowed",
  "scope_missing",
  "role_missing",
  "group_missing",
  "groups_absent",
  "groups_overage",
  "groups_are_names",
  "authentication_context_missing",
] as const)("report mode allows policy refusals: %s", (reason) => {
  expect(isReportableFor(reason)).toBe(true);
});

it.each([
  "credential_missing",
  "credential_malformed",
  "token_not_json",
  "signature_invalid",
  "tenant_unknown",
  "key_unknown",
  "expired",
  "tenant_not_allowed",
  "id_token",
  "token_revoked",
  "caller_blocked",
  "revocations_unavailable",
  "revocation_check_failed",
  "revocation_in_milliseconds",
  "tenant_check_failed",
  "keys_unavailable",
  "too_many_failures",
  "path_ambiguous",
  "route_unlisted",
  "authority_not_allowed",
  "requirement_missing",
  "plaintext_transport",
  "misconfigured",
  "internal_error",
] as const)("report mode allows no other refusal: %s", (reason) => {
  expect(isReportableFor(reason)).toBe(false);
});

it("report mode allows unlisted paths to callers of the default authority, but not look-alikes", () => {
  const denial: Denial = { reason: "route_unlisted" };
  const closed = (isReportable: boolean): Access => ({ kind: "closed", denial, isReportable });
  expect(isReportable(denial, closed(true), ofDefault)).toBe(true);
  expect(isReportable(denial, closed(false), ofDefault)).toBe(false);
  expect(isReportable({ reason: "expired" } as Denial, closed(true), ofDefault)).toBe(false);
  expect(isReportable(denial, closed(true), { authority: "customers" })).toBe(false);
});
