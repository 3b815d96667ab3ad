import * as limits from "../../base/common/limits.ts";
import { andThen } from "../../base/common/result.ts";
import { OutgoingResponse } from "../../base/http/outgoing-response.ts";
import type { IssuerService } from "../../core/guard/issuer.ts";
import { type IssuerIdentity, issuerPaths } from "./configuration.ts";
import { keyKinds } from "./key-text.ts";
import type { KeyHolder, SigningKey } from "./signing-key.ts";

/** Paths of an issuer's documents, below its URL. Entra reads both (OpenID Connect Discovery section 4). */
const documentPaths = { keys: "/jwks.json", discovery: "/.well-known/openid-configuration" } as const;

/** Paths of all documents of the gate's issuers. */
export const reservedPaths: readonly string[] = Object.values(issuerPaths).flatMap((base) =>
  Object.values(documentPaths).map((path) => `${base}${path}`),
);

/** URLs of the documents of an issuer. */
export function documentUrls({ issuer }: Pick<IssuerIdentity, "issuer">) {
  return { keys: `${issuer}${documentPaths.keys}`, discovery: `${issuer}${documentPaths.discovery}` };
}

/** An issuer and its key. */
export interface PublishedIssuer {
  readonly identity: IssuerIdentity;
  readonly keys: KeyHolder;
}

const headers = {
  "content-type": "application/json",
  "cache-control": `public, max-age=${limits.issuerDocumentSeconds}`,
};

/**
 * Creates the documents of issuers. They are made from the configuration alone, and are the same for every caller. The
 * URL that the platform passes must be exactly that of a document: another host, query or method gets what any route
 * gets.
 */
export function createDocuments(issuers: readonly PublishedIssuer[]): IssuerService["answer"] {
  const writers = new Map<string, { readonly issuer: PublishedIssuer; readonly write: (key: SigningKey) => string }>(
    issuers.flatMap((issuer) => {
      const { identity } = issuer;
      const urls = documentUrls(identity);
      const discovery = JSON.stringify(describe(identity));
      return [
        [urls.keys, { issuer, write: ({ keySet }) => keySet }],
        [urls.discovery, { issuer, write: () => discovery }],
      ] as const;
    }),
  );

  return (call) => {
    const { method, url } = call.target;
    const found = method === "GET" || method === "HEAD" ? writers.get(url) : undefined;
    if (found === undefined) return undefined;
    call.route = { name: "issuer" };
    return andThen(call.admit({ kind: "public" }), (refusal) => {
      if (refusal !== undefined) return refusal;
      return andThen(found.issuer.keys.find(call.background), (key) => {
        if (!key.ok) return call.refuse({ reason: "signing_key_unusable", ...key.error });
        return OutgoingResponse.ofGate(new Response(found.write(key.value), { headers }));
      });
    });
  };
}

/** The members that Entra reads. */
function describe({ issuer, key }: IssuerIdentity): object {
  return {
    issuer,
    jwks_uri: documentUrls({ issuer }).keys,
    id_token_signing_alg_values_supported: [keyKinds[key.kind].alg],
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
  };
}
