import { describe, expect, it } from "vitest";
import { writeProblem } from "../../../src/base/http/problem.ts";

const authorizationUri = "https://login.microsoftonline.com/common/oauth2/authorize";
const id = "6f6b2f0e-3f0a-4d8c-9f6e-2d9d5b6f1a11";
const refusal = { status: 403, title: "Forbidden", detail: "The access token does not permit this request." };

describe("writeProblem", () => {
  it("writes RFC 9457 problem details that no cache stores", async () => {
    const response = writeProblem(refusal, id, authorizationUri);
    expect(response.status).toBe(403);
    expect(Object.fromEntries(response.headers)).toEqual({
      "content-type": "application/problem+json",
      "cache-control": "no-store",
    });
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Forbidden",
      status: 403,
      detail: "The access token does not permit this request.",
      instance: `urn:uuid:${id}`,
    });
  });

  it("has a challenge if the refusal has one", () => {
    const challenged = writeProblem({ ...refusal, challenge: { error: "invalid_token" } }, id, authorizationUri);
    expect(challenged.headers.get("www-authenticate")).toBe(
      `Bearer realm="", authorization_uri="${authorizationUri}", error="invalid_token"`,
    );
    const anonymous = writeProblem({ ...refusal, challenge: {} }, id, authorizationUri);
    expect(anonymous.headers.get("www-authenticate")).toBe(`Bearer realm="", authorization_uri="${authorizationUri}"`);
  });

  it("has Retry-After if the refusal has it", () => {
    const response = writeProblem({ ...refusal, status: 503, retryAfterSeconds: 15 }, id, authorizationUri);
    expect(response.headers.get("retry-after")).toBe("15");
    expect(response.headers.has("www-authenticate")).toBe(false);
  });

  it("names the given authority in its challenge, regardless of earlier responses", () => {
    const challenged = { ...refusal, challenge: {} };
    const challengeBy = (uri: string) => writeProblem(challenged, id, uri).headers.get("www-authenticate");
    const ofOther = challengeBy("https://login.microsoftonline.us/common/oauth2/authorize");
    expect(challengeBy(authorizationUri)).toBe(`Bearer realm="", authorization_uri="${authorizationUri}"`);
    expect(challengeBy("https://login.microsoftonline.us/common/oauth2/authorize")).toBe(ofOther);
  });

  it("shares no headers between two responses", async () => {
    writeProblem(refusal, id, authorizationUri).headers.set("x-of-one", "1");
    const next = writeProblem(refusal, crypto.randomUUID(), authorizationUri);
    expect(next.headers.has("x-of-one")).toBe(false);
    expect(await next.text()).not.toContain(id);
  });
});
