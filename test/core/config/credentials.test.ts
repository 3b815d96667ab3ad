import { describe, expect, it } from "vitest";
import { audience } from "../../support/claims.ts";
import { configWith, faultsWith } from "../../support/environment.ts";

const certificate = { get: async () => "certificate" };

describe("credentials", () => {
  it("are undefined if none are configured", () => {
    expect(configWith({}).credentials).toBeUndefined();
  });

  it("are a client ID with a secret, as text or as a Secrets Store binding", () => {
    expect(configWith({ ENTRA_CLIENT_ID: audience.toUpperCase(), ENTRA_CLIENT_SECRET: "secret" }).credentials).toEqual({
      clientId: audience,
      list: [{ name: "ENTRA_CLIENT_SECRET", value: "secret" }],
    });
    expect(configWith({ ENTRA_CLIENT_ID: audience, ENTRA_CLIENT_CERTIFICATE: certificate }).credentials).toEqual({
      clientId: audience,
      list: [{ name: "ENTRA_CLIENT_CERTIFICATE", value: certificate }],
    });
  });

  it("list certificates first, and the newer of two first", () => {
    const changes = {
      ENTRA_CLIENT_ID: audience,
      ENTRA_CLIENT_SECRET_PREVIOUS: "older",
      ENTRA_CLIENT_SECRET: "newer",
      ENTRA_CLIENT_CERTIFICATE_PREVIOUS: "older",
      ENTRA_CLIENT_CERTIFICATE: "newer",
    };
    expect(configWith(changes).credentials?.list.map(({ name }) => name)).toEqual([
      "ENTRA_CLIENT_CERTIFICATE",
      "ENTRA_CLIENT_CERTIFICATE_PREVIOUS",
      "ENTRA_CLIENT_SECRET",
      "ENTRA_CLIENT_SECRET_PREVIOUS",
    ]);
  });

  it.each(["ENTRA_CLIENT_SECRET", "ENTRA_CLIENT_CERTIFICATE"])("reject %s without a client id", (variable) => {
    expect(faultsWith({ [variable]: "secret" })).toMatchObject([{ variable, problem: "requires ENTRA_CLIENT_ID" }]);
  });

  it("reject a client ID that is not a GUID without repeating it, because it may be a secret in the wrong place", () => {
    expect(faultsWith({ ENTRA_CLIENT_ID: "misplaced-secret", ENTRA_CLIENT_SECRET: "secret" })).toMatchObject([
      { variable: "ENTRA_CLIENT_ID", problem: "is not a GUID" },
    ]);
  });

  it.each([
    [{ ENTRA_CLIENT_SECRET: "" }, "ENTRA_CLIENT_SECRET"],
    [{ ENTRA_CLIENT_SECRET: 1 }, "ENTRA_CLIENT_SECRET"],
    [{ ENTRA_CLIENT_CERTIFICATE: {} }, "ENTRA_CLIENT_CERTIFICATE"],
  ])("reject %j, which is neither text nor a binding", (changes, variable) => {
    expect(faultsWith({ ENTRA_CLIENT_ID: audience, ...changes })).toMatchObject([
      { variable, problem: "is not a string or a Secrets Store binding" },
    ]);
  });
});
