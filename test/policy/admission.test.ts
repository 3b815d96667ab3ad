import { describe, expect, it, vi } from "vitest";
import type { Denial } from "../../src/denial.ts";
import { authorize, checkClient, createAdmit, type Guard } from "../../src/policy/admission.ts";
import { createRequirement } from "../../src/policy/requirement.ts";
import { fail, succeed } from "../../src/result.ts";
import { client, principalOf } from "../support/claims.ts";
import { createFakeIo } from "../support/io.ts";

const io = createFakeIo();
const nowhere = () => {};
const principal = principalOf("user");
const caller = { principal, keys: "hit" } as const;
const denied: Denial = { reason: "expired" };
const guardOf = (authenticate: Guard["authenticate"]): Guard => ({
  authenticate,
  isClientAllowed: (azp) => azp === client,
});
const atOnce = guardOf(() => succeed(caller));
const later = guardOf(async () => succeed(caller));

describe("createAdmit", () => {
  it("asks who calls, with the credential, a place for work that goes on, and what may keep it from being looked at", async () => {
    const authenticate = vi.fn<Guard["authenticate"]>(() => succeed(caller));
    const findHold = () => undefined;
    await createAdmit(io, undefined)(guardOf(authenticate), "Bearer x", nowhere, () => undefined, findHold);
    expect(authenticate.mock.calls).toEqual([["Bearer x", nowhere, findHold]]);
  });

  it("waits for nothing where nothing has to be waited for", () => {
    const admit = createAdmit(io, undefined);
    expect(admit(atOnce, null, nowhere, () => undefined)).toEqual({ ...caller, denial: undefined });
    expect(admit(atOnce, null, nowhere, () => denied)).toEqual({ ...caller, denial: denied });
    expect(admit(later, null, nowhere, () => denied)).toBeInstanceOf(Promise);
  });

  it("asks nothing more about a caller that is not known", async () => {
    const findDenial = vi.fn(() => undefined);
    const revokedAtSeconds = vi.fn(() => undefined);
    for (const guard of [guardOf(() => fail(denied)), guardOf(async () => fail(denied))]) {
      const admission = await createAdmit(io, revokedAtSeconds)(guard, null, nowhere, findDenial);
      expect(admission).toEqual({ principal: undefined, denial: denied });
    }
    expect([findDenial, revokedAtSeconds].map(({ mock }) => mock.calls)).toEqual([[], []]);
  });

  it.each([atOnce, later])("asks for revocations first, and for the rest then", async (guard) => {
    const findDenial = vi.fn(() => denied);
    const revoked = await createAdmit(io, () => Number.MAX_SAFE_INTEGER)(guard, null, nowhere, findDenial);
    expect([revoked.principal, revoked.denial?.reason]).toEqual([principal, "token_revoked"]);
    expect(findDenial).not.toHaveBeenCalled();
    expect(await createAdmit(io, () => undefined)(guard, null, nowhere, findDenial)).toEqual({
      ...caller,
      denial: denied,
    });
    expect(findDenial.mock.calls).toEqual([[principal]]);
  });
});

describe("authorize", () => {
  const requirement = createRequirement({ scopes: ["access_as_user"] });

  it("lets in whom the requirement fits", () => {
    expect(authorize(atOnce, principal, requirement)).toBeUndefined();
    expect(authorize(atOnce, principal, createRequirement({ scopes: ["x"] }))).toMatchObject({
      reason: "scope_missing",
    });
  });

  it("lets nobody in without a requirement", () => {
    expect(authorize(atOnce, principal, undefined)).toEqual({ reason: "requirement_missing", scopes: [] });
  });

  it("lets no client in that the configuration does not allow", () => {
    const stranger = principalOf("user", { azp: "00000000-0000-4000-8000-000000000000" });
    const refused = { reason: "client_not_allowed", scopes: [] };
    expect(authorize(atOnce, stranger, requirement)).toEqual(refused);
    expect([checkClient(atOnce, stranger), checkClient(atOnce, principal)]).toEqual([refused, undefined]);
  });
});
