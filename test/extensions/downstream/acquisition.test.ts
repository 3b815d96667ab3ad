import { describe, expect, it, vi } from "vitest";
import * as limits from "../../../src/base/common/limits.ts";
import { fail, succeed } from "../../../src/base/common/result.ts";
import { createAcquire } from "../../../src/extensions/downstream/acquisition.ts";
import { createAuthenticate } from "../../../src/extensions/downstream/authentication.ts";
import {
  type Credential,
  createCredential,
  createFederatedCredential,
} from "../../../src/extensions/downstream/credential.ts";
import { createTokenRequest } from "../../../src/extensions/downstream/token-request.ts";
import { createFakeIo } from "../../support/io.ts";

const hourMs = 3_600_000;
const authority = { authorizationUri: "https://login.example/t/oauth2/v2.0/authorize" };
const wanted = { tenant: "t", scopes: ["api://a/b"], assertion: undefined, claims: undefined };

describe("credentials", () => {
  it("are tried in their order, except that one that failed is the last for a minute, also if the clock was set back", async () => {
    const io = createFakeIo();
    const tried: string[] = [];
    let canProve = false;
    const create = (name: string, isBroken: () => boolean): Credential => ({
      name,
      async prove() {
        tried.push(name);
        return isBroken() ? fail({ problem: "has expired" }) : succeed({ proof: { clientSecret: "text" } });
      },
    });
    const credentials = [create("first", () => !canProve), create("second", () => false)];
    const acquire = createAcquire(io, authority, "client", createAuthenticate(io, "client", credentials));
    const request = await createTokenRequest("client", wanted);
    const listTried = async () => {
      tried.length = 0;
      const work = acquire(request, () => {});
      await io.advance(limits.downstreamAcquireMilliseconds);
      await work;
      return tried;
    };
    io.setFetch(async () => Response.json({ token_type: "Bearer", access_token: "mine", expires_in: 3_600 }));
    expect(await listTried()).toEqual(["first", "second"]);
    canProve = true;
    expect(await listTried()).toEqual(["second"]);
    io.jump(-hourMs);
    expect(await listTried()).toEqual(["first"]);
  });

  it("are tried after an assertion whose issuer Entra refuses as invalid_request, for example without its keys", async () => {
    const io = createFakeIo();
    const credentials = [
      createFederatedCredential(io, async () => "assertion", {}),
      createCredential(io, { name: "ENTRA_CLIENT_SECRET", value: "text" }),
    ];
    const acquire = createAcquire(io, authority, "client", createAuthenticate(io, "client", credentials));
    const sent: boolean[] = [];
    io.setFetch(async (request) => {
      const isAssertion = new URLSearchParams(await request.text()).has("client_assertion");
      sent.push(isAssertion);
      return isAssertion
        ? Response.json({ error: "invalid_request", error_codes: [501661] }, { status: 400 })
        : Response.json({ token_type: "Bearer", access_token: "mine", expires_in: 3_600 });
    });
    const work = acquire(await createTokenRequest("client", wanted), () => {});
    // The answer to the first request sets the timer of the second one. MSAL loads before, which takes seconds on a
    // busy machine.
    await vi.waitUntil(() => sent.length === 1 && io.timers() > 1, { timeout: 60_000 });
    await io.advance(limits.federationRetryMilliseconds);
    expect(await work).toMatchObject({ ok: true, value: { accessToken: "mine" } });
    expect(sent).toEqual([true, true, false]);
  });
});
