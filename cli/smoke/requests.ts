import { generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";

/** A request that a gate must refuse. */
export interface SmokeRequest {
  readonly title: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Appended to the path. */
  readonly query?: string;
  /** Statuses of a refusal. */
  readonly refusals: readonly number[];
}

/** Claims of a forged token. */
export interface Forgery {
  readonly tenant: string;
  readonly audience: string;
}

const hourSeconds = 3_600;

/**
 * Lists requests without a valid token. Every gate must refuse them, whatever its configuration.
 *
 * @param forgery makes forged tokens pass the checks of claims, so that the signature decides
 */
export function listRequests({ tenant, audience }: Forgery, nowSeconds: number): readonly SmokeRequest[] {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const claims = {
    iss: `https://login.microsoftonline.com/${tenant}/v2.0`,
    tid: tenant,
    aud: audience,
    ver: "2.0",
    iat: nowSeconds - 60,
    nbf: nowSeconds - 60,
    exp: nowSeconds + hourSeconds,
    oid: randomUUID(),
    sub: randomUUID(),
    azp: randomUUID(),
    scp: "access_as_user",
    roles: ["Everything"],
  };
  const header = { typ: "JWT", alg: "RS256", kid: randomUUID() };
  const forged = writeToken(header, claims, privateKey);
  const expired = { ...claims, nbf: nowSeconds - 3 * hourSeconds, iat: nowSeconds - 3 * hourSeconds };
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const unauthorized = [401];
  return [
    { title: "no token", refusals: unauthorized },
    { title: "no token, with POST", method: "POST", refusals: unauthorized },
    { title: "no token, with OPTIONS", method: "OPTIONS", refusals: unauthorized },
    {
      title: "headers that claim an identity",
      headers: { "x-ms-client-principal-id": claims.oid },
      refusals: unauthorized,
    },
    { title: "another scheme", headers: { authorization: "Basic YWRtaW46YWRtaW4=" }, refusals: unauthorized },
    { title: "text that is not a token", headers: bearer("not-a-token"), refusals: [400, 401] },
    { title: "a token in the query", query: `access_token=${forged}`, refusals: unauthorized },
    {
      title: "a token without a signature",
      headers: bearer(writeToken({ ...header, alg: "none" }, claims)),
      refusals: unauthorized,
    },
    { title: "a token that is signed with another key", headers: bearer(forged), refusals: unauthorized },
    {
      title: "a token that contains its own key",
      headers: bearer(writeToken({ ...header, jwk: { kty: "RSA", n: "AQAB", e: "AQAB" } }, claims, privateKey)),
      refusals: unauthorized,
    },
    {
      title: "a token that has expired",
      headers: bearer(writeToken(header, { ...expired, exp: nowSeconds - 2 * hourSeconds }, privateKey)),
      refusals: unauthorized,
    },
  ];
}

function writeToken(header: object, claims: object, key?: KeyObject): string {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const text = `${encode(header)}.${encode(claims)}`;
  return `${text}.${key === undefined ? "" : sign("sha256", Buffer.from(text), key).toString("base64url")}`;
}
