import { createHash, createHmac, sign as signBytes } from "node:crypto";
import { exportSPKI, importJWK, type JWK, SignJWT } from "jose";
import { type IssuerKey, makeIssuerKey } from "./issuer-keys.ts";

/** The parties of {@link createAssertionRows}. */
export interface AssertionParties {
  readonly issuer: string;
  readonly audience: string;
  /** The key that the gate publishes. */
  readonly key: IssuerKey;
  /** An access token of Entra. */
  readonly entraToken: string;
  readonly nowSeconds: number;
}

/** A request at an origin, and whether the origin must accept it. */
export interface AssertionRow {
  readonly name: string;
  readonly isGood: boolean;
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
const hash = (text: string) => createHash("sha256").update(text).digest("base64url");

/** A JWT with this signature, or with none. */
const assemble = (header: object, payload: object, signature = "") =>
  `${encode(header)}.${encode(payload)}.${signature}`;

/**
 * Creates the requests that every verifier of an origin must accept or refuse: for one path, with and without an
 * assertion. Nothing here uses code of the gate, so that a fault is not repeated.
 */
export async function createAssertionRows(parties: AssertionParties): Promise<readonly AssertionRow[]> {
  const { issuer, audience, key, entraToken, nowSeconds } = parties;
  const path = "/orders/a%20b?status=open&q=%C3%BC";
  const [foreign, rsa] = await Promise.all([makeIssuerKey("ES256"), makeIssuerKey("RS256")]);
  const header = { alg: "ES256", typ: "entra-gate+jwt", kid: key.kid };
  const claims = {
    iss: issuer,
    aud: audience,
    iat: nowSeconds,
    exp: nowSeconds + 60,
    kind: "user",
    sub: "0b1ec700-0000-4000-8000-000000000001",
    tid: "7e4a4700-0000-4000-8000-000000000002",
    azp: "c11e0000-0000-4000-8000-000000000003",
    scp: "orders.read orders.write",
    roles: ["Orders.Admin"],
    method: "GET",
    target: hash(path),
  };
  const sign = async (changes: object = {}, headerChanges: object = {}, by: IssuerKey = key) => {
    const protectedHeader = { ...header, ...headerChanges };
    const signer = await importJWK(by.members as JWK, protectedHeader.alg);
    return new SignJWT({ ...claims, ...changes }).setProtectedHeader(protectedHeader).sign(signer);
  };
  const good = await sign();
  const [head = "", payload = "", signature = ""] = good.split(".");
  const publicPem = await exportSPKI((await importJWK({ ...JSON.parse(key.publicJwk), ext: true }, "ES256")) as never);
  const signByHmac = (secret: string) => {
    const input = `${encode({ ...header, alg: "HS256" })}.${payload}`;
    return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
  };
  /** A valid ES256 signature under another header. */
  const signUnder = (changes: object) => {
    const input = `${encode({ ...header, ...changes })}.${payload}`;
    const own = signBytes("sha256", Buffer.from(input), { key: key.pem, dsaEncoding: "ieee-p1363" });
    return `${input}.${own.toString("base64url")}`;
  };
  const row = (name: string, assertion: string | undefined, parts: Partial<AssertionRow> = {}): AssertionRow => ({
    name,
    isGood: false,
    method: "GET",
    path,
    headers: assertion === undefined ? [] : [["X-Entra-Assertion", assertion]],
    ...parts,
  });
  const isGood = true;
  return [
    row("a good request", good, { isGood }),
    row("a good request with another spelling of the header's case", undefined, {
      isGood,
      headers: [["x-ENTRA-assertion", good]],
    }),
    row("a good request with forged identity headers", good, {
      isGood,
      headers: [
        ["X-Entra-Assertion", good],
        ["X-MS-CLIENT-PRINCIPAL-ID", "forged"],
        ["X-Entra-Roles", "forged"],
        ["X-Entra-Tenant", "forged"],
        ["X_Entra_Scopes", "forged"],
      ],
    }),
    row("an app", await sign({ kind: "app", scp: "" }), { isGood }),
    row("an empty query", await sign({ target: hash("/orders") }), { isGood, path: "/orders?" }),
    row("POST", await sign({ method: "POST", jti: "1" }), { isGood, method: "POST" }),
    row("a clock that is 20 s behind", await sign({ iat: nowSeconds + 20, exp: nowSeconds + 80 }), { isGood }),
    row("an assertion that has just expired", await sign({ iat: nowSeconds - 62, exp: nowSeconds - 2 }), { isGood }),

    row("another path", good, { path: path.replace("orders", "invoices") }),
    row("another query", good, { path: path.replace("open", "paid") }),
    row("no query", good, { path: path.replace(/\?.*/, "") }),
    row("another encoding of the path", good, { path: path.replace("a%20b", "a%20%62") }),
    row("another method", good, { method: "POST" }),
    row("another audience", await sign({ aud: "https://other.contoso.example" })),
    row("a list of audiences", await sign({ aud: [audience, "https://other.contoso.example"] })),
    row("another issuer", await sign({ iss: "https://evil.example/.well-known/entra-gate/origin" })),
    row("the client issuer", await sign({ iss: issuer.replace(/origin$/, "client") })),
    row("no assertion", undefined),
    row("an empty assertion", ""),
    row("an expired assertion", await sign({ iat: nowSeconds - 200, exp: nowSeconds - 140 })),
    row("a future assertion", await sign({ iat: nowSeconds + 3_600, exp: nowSeconds + 3_660 })),
    row("no expiry", await sign({ exp: undefined })),
    row("no time of issue", await sign({ iat: undefined })),
    row("a time of issue with a fraction", await sign({ iat: nowSeconds - 0.5 })),
    row("an endless life", await sign({ exp: Number.MAX_VALUE })),
    row("an unsigned assertion", assemble({ ...header, alg: "none" }, claims)),
    row("an assertion without its signature", `${head}.${payload}.`),
    row("two parts", `${head}.${payload}`),
    row("padding after the signature", `${good}==`),
    row("a changed claim", `${head}.${encode({ ...claims, roles: ["Orders.Owner"] })}.${signature}`),
    row("a foreign key", await sign({}, { kid: foreign.kid }, foreign)),
    row("a foreign key with the kid of the gate", await sign({}, {}, foreign)),
    row(
      "a foreign key in the header",
      await sign({}, { kid: foreign.kid, jwk: JSON.parse(foreign.publicJwk) }, foreign),
    ),
    row("another kid", await sign({}, { kid: "other" })),
    row("no kid", await sign({}, { kid: undefined })),
    row("a kid that is a path", await sign({}, { kid: "../../../../dev/null" })),
    row("another type", await sign({}, { typ: "JWT" })),
    row("the type of an access token", await sign({}, { typ: "at+jwt" })),
    row("no type", await sign({}, { typ: undefined })),
    row("another member of the header", signUnder({ jku: "https://evil.example/jwks.json" })),
    row("another algorithm in the header", signUnder({ alg: "ES384" })),
    row("RS256 by another key", await sign({}, { alg: "RS256", kid: rsa.kid }, rsa)),
    row("HS256 with the public key in PEM", signByHmac(publicPem)),
    row("HS256 with the public key as a JWK", signByHmac(key.publicJwk)),
    row(
      "a client assertion of the gate",
      await sign({ aud: "api://AzureADTokenExchange" }, { typ: "JWT", alg: "RS256", kid: rsa.kid }, rsa),
    ),
    row("an access token of Entra", entraToken),
    row("an assertion in Authorization", undefined, { headers: [["Authorization", `Bearer ${good}`]] }),
    row("an assertion in a header with another separator", undefined, { headers: [["X_Entra_Assertion", good]] }),
    row("two assertions", undefined, {
      headers: [
        ["X-Entra-Assertion", good],
        ["X-Entra-Assertion", good],
      ],
    }),
    row("words around it", `Bearer ${good}`),
  ];
}
