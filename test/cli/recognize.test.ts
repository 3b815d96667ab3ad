import { describe, expect, it } from "vitest";
import { toCredential } from "../../cli/common/credential.ts";
import { recognize } from "../../cli/explain/recognize.ts";
import { createEntra } from "../../entra/entra.ts";

const id = "34274682-f8bc-48cc-93dd-0bf9f87eacef";
const problem = (status: number, detail: string) =>
  `{"type":"about:blank","title":"T","status":${status},"detail":"${detail}","instance":"urn:uuid:${id}"}`;
const notValid = "The access token is not valid for this API. Request a new one.";
const noToken = "This resource requires a bearer access token in the Authorization header.";
const inLog = `in the line with the id ${id}.`;

describe("what is no token is recognized", () => {
  it.each([
    ["a code of Entra", "AADSTS50011", "AADSTS50011", "reference/entra-errors#aadsts50011"],
    [
      "a message with a code",
      "invalid_client: AADSTS7000218: The request body must contain",
      "AADSTS7000218",
      "reference/entra-errors#aadsts7000218",
    ],
    [
      "the body of a token response",
      '{"error":"invalid_grant","error_description":"AADSTS65001: The user"}',
      "AADSTS65001",
      "reference/entra-errors#aadsts65001",
    ],
    ["an unknown code", "AADSTS1", "AADSTS1", "https://login.microsoftonline.com/error?code=1"],
    ["a reason", "scope_missing", "scope_missing", "reference/reasons#scope_missing"],
    ["a reason of one word", " expired\n", "expired", "reference/reasons#expired"],
    ["output of explain", "Refused  audience_mismatch", "audience_mismatch", "reference/reasons#audience_mismatch"],
    [
      "a line of the log",
      `{"event":"refused","id":"${id}","status":401,"reason":"expired","method":"GET"}`,
      "expired",
      "reference/reasons#expired",
    ],
    [
      "a line inside that of a collector",
      '{"message":"{\\"event\\":\\"refused\\",\\"reason\\":\\"expired\\"}"}',
      "expired",
      "reference/reasons#expired",
    ],
    ["a line without a reason", '{"event":"keys_failed","status":503}', "log-line", "reference/log"],
    ["a UUID", id, "instance", "how-to/troubleshoot"],
    ["an instance", `"urn:uuid:${id}"`, "instance", "how-to/troubleshoot"],
    ["a command without a token", '$ curl -H "Authorization: Bearer $TOKEN" https://a.example', "command", undefined],
  ])("%s", (_name, text, cause, link) => {
    expect(recognize(text)?.cause).toMatchObject({ id: cause, ...(link !== undefined && { link }) });
  });

  it.each([
    ["a problem document about the token", problem(401, notValid), "invalid_token"],
    ["a problem document without a token", problem(401, noToken), "no-token"],
    [
      "a problem document about scopes",
      problem(403, "The access token does not permit this request."),
      "insufficient_scope",
    ],
    ["another problem document", problem(404, "The resource was not found."), "404"],
    ["a challenge", 'WWW-Authenticate: Bearer realm="", error="invalid_token"', "invalid_token"],
    ["the value of a challenge", 'Bearer realm="", error="insufficient_scope", scope="a.b"', "insufficient_scope"],
    [
      "a challenge with claims",
      'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="',
      "insufficient_claims",
    ],
    ["a challenge without an error", 'www-authenticate: Bearer realm="", authorization_uri="https://a"', "no-token"],
    ["output of curl -i", `HTTP/1.1 401 Unauthorized\r\nServer: x\r\n\r\n${problem(401, notValid)}`, "invalid_token"],
    ["output of curl -v", "> GET / HTTP/2\n< HTTP/2 429 \n< retry-after: 5", "429"],
    ["a status", "403 Forbidden", "403"],
  ])("%s", (_name, text, name) => {
    expect(recognize(text)).toMatchObject({ what: "A response of the gate", cause: { id: `response-${name}` } });
  });

  it("with the id of the log line, without the prefix of the instance", () => {
    expect(recognize(problem(401, notValid))?.cause.note).toContain(inLog);
    expect(recognize(`urn:uuid:${id}`)?.cause.fix[0]).toContain(`The line with the id ${id} in the gate's log`);
  });

  it("but no token is, however it is written", async () => {
    const token = await createEntra().issueAccessToken({ persona: "member" });
    for (const text of [
      token,
      `Bearer ${token}`,
      token.slice(0, 30),
      `curl -H "Authorization: Bearer ${token}" https://a`,
    ])
      expect(recognize(text)).toBeUndefined();
    for (const text of [
      "eyJhbGciOiJSUzI1NiJ9.e30.AADSTS50011",
      "AADSTS50011-x",
      "AADSTS",
      "0.AXoA_b",
      "EwB4A8l6BAAU",
      "",
    ])
      expect(recognize(text)).toBeUndefined();
  });
});

it("a token in a command line of curl is explained", () => {
  const command = "curl -s \\\n  -H 'Accept: */*' -H 'authorization: Bearer a.b-c_d.e' https://a.example";
  expect(toCredential(command)).toBe("Bearer a.b-c_d.e");
});
