import { describe, expect, it } from "vitest";
import * as limits from "../../src/common/limits.ts";
import { fail, succeed } from "../../src/common/result.ts";
import { createAcquire } from "../../src/downstream/acquisition.ts";
import type { Credential } from "../../src/downstream/credential.ts";
import { createTokenRequest } from "../../src/downstream/token-request.ts";
import { createFakeIo } from "../support/io.ts";

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
    const acquire = createAcquire(io, authority, "client", credentials);
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
});
