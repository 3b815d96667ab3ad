import type { AccessTokenOptions, IdTokenOptions, SignInput } from "../../entra/tokens/issuer.ts";
import type { HttpAnswer, HttpRequest } from "./http.ts";
import type { OwnKey } from "./own-key.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** Creates tokens of one authority: valid ones, and any other content with a valid signature. */
export interface Forge {
  /** A valid token, of a member of Contoso through a single-page app, and its parts. */
  readonly token: string;
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** The claims as JSON, with members added at the end. */
  claimsWith(members: string): string;
  /** Signed with RS256 by Entra's current key, or by another of its keys. */
  sign(header: JsonObject | string, payload: JsonObject | string, key?: string): Promise<string>;
  issue(options: AccessTokenOptions): Promise<string>;
  issueIdToken(options: IdTokenOptions): Promise<string>;
  /** A valid header and the same claims, signed with the test's own key, which is also published. */
  readonly own: OwnKey;
  readonly ownHeader: JsonObject;
  /** Public half of Entra's current key, as it is published. */
  readonly publicJwk: { readonly kid: string; readonly n: string; readonly e: string; readonly x5c: readonly string[] };
}

/**
 * @param ask sends a request to the local Entra
 * @param authority origin of the issuers
 */
export async function createForge(
  ask: (request: HttpRequest) => Promise<HttpAnswer>,
  authority: string,
  own: OwnKey,
): Promise<Forge> {
  const post = (path: string) => async (options: object) => {
    const body = Buffer.from(JSON.stringify(options)).toString("latin1");
    const answer = await ask({ method: "POST", path, headers: [["Content-Type", "application/json"]], body });
    if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
    return answer.body;
  };
  const issue = (options: AccessTokenOptions) => post("/local/access-token")({ authority, ...options });
  const token = await issue({});
  const [header, claims] = decode(token);
  const published: PublishedKey[] = JSON.parse((await ask({ path: "/local/keys" })).body);
  const { kid, publicJwk } = published.find(({ signing }) => signing)!;
  return {
    token,
    header,
    claims,
    claimsWith: (members) => `${JSON.stringify(claims).slice(0, -1)},${members}}`,
    sign: (signedHeader, payload, key) =>
      post("/local/sign")({ header: signedHeader, payload, ...(key && { key }) } satisfies SignInput),
    issue,
    issueIdToken: (options) => post("/local/id-token")({ authority, ...options }),
    own,
    ownHeader: { ...header, kid: own.kid },
    publicJwk: { ...publicJwk, kid },
  };
}

interface PublishedKey {
  readonly kid: string;
  readonly signing: boolean;
  readonly publicJwk: { readonly n: string; readonly e: string; readonly x5c: readonly string[] };
}

/** Header and claims of a compact token. */
function decode(token: string): readonly [header: JsonObject, claims: JsonObject] {
  const [header = "", claims = ""] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
  return [JSON.parse(header), JSON.parse(claims)];
}
