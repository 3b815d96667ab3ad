// Faulty documents of authorities. Each authority has its own host, `NAME.ciamlogin.com`.
import { tenants } from "../../entra/directory/directory.ts";

type Jwk = Readonly<Record<string, unknown>>;

/** The content to publish, and its address. */
export interface Publishing {
  /** Entra's own keys. */
  readonly good: readonly Jwk[];
  /** Key whose private half the test has. */
  readonly own: Jwk;
  /** Count of requests for this document, including this one. */
  readonly asked: number;
  readonly url: URL;
}

export interface Publication {
  /** Replaces the key set. */
  readonly keys?: (publishing: Publishing) => Response | Promise<Response>;
  /** Changes to Entra's metadata. `asked` counts the requests for it, including this one. */
  readonly metadata?: (url: URL, asked: number) => Readonly<Record<string, string>>;
}

const set = (...keys: readonly Jwk[]) => Response.json({ keys });
const text = (body: string, headers: Record<string, string> = { "content-type": "application/json" }): Publication => ({
  keys: () => new Response(body, { headers }),
});
const status = (code: number, headers: Record<string, string> = {}): Publication => ({
  keys: () => new Response(null, { status: code, headers }),
});
/** Entra's keys, and the test's with some members changed; `undefined` removes one. */
const ownWith = (changes: Jwk | ((url: URL) => Jwk)): Publication => ({
  keys: ({ good, own, url }) => set(...good, { ...own, ...(typeof changes === "function" ? changes(url) : changes) }),
});
/** Gives keys of 2048 bits the ID and issuer of another one. */
const renameKeys = (keys: readonly Jwk[], { n: _, ...rest }: Jwk, count: number) =>
  keys
    .filter(({ n }) => String(n).length > 300)
    .slice(0, count)
    .map(({ n }) => ({ ...rest, n }));
const onCommon = (url: URL) => ({ jwks_uri: `${url.origin}/common/discovery/v2.0/keys` });
const { id: contoso } = tenants.contoso;
const { id: fabrikam } = tenants.fabrikam;
const publicCloud = "https://login.microsoftonline.com";
const moved = "/local/moved";
/** Longer than a gate waits for keys. */
const slowMs = 10_000;

function stream(chunk: string, pause: () => Promise<void>): Publication {
  const bytes = new TextEncoder().encode(chunk);
  const pull = async (controller: ReadableStreamDefaultController) => {
    await pause();
    controller.enqueue(bytes);
  };
  return { keys: () => new Response(new ReadableStream({ pull })) };
}

export const publications = {
  plain: {},
  "k01-host": ownWith({ issuer: "https://login.microsoftonline.us/{tenantid}/v2.0" }),
  "k01-shape": ownWith(({ origin }) => ({ issuer: `${origin}/{tenantid}/` })),
  "k01-tenant": ownWith(({ origin }) => ({ issuer: `${origin}/${fabrikam}/v2.0` })),
  "k04-own-set": ownWith({ issuer: undefined }),
  "k04-common": { ...ownWith({ issuer: undefined }), metadata: onCommon },
  "k05-instance": ownWith({ cloud_instance_name: "microsoftonline.us" }),
  "k06-use": ownWith({ use: "enc" }),
  "k06-operations": ownWith({ key_ops: ["sign"] }),
  "k06-algorithm": ownWith({ alg: "PS256" }),
  "k06-ec": ownWith({ kty: "EC", crv: "P-256" }),
  "k06-oct": ownWith({ kty: "oct", k: "c2VjcmV0" }),
  "k06-okp": ownWith({ kty: "OKP", crv: "Ed25519" }),
  "k06-private": ownWith({ d: "AQAB" }),
  "k07-weak": {},
  /** The low bit of a modulus of 2048 bits is in the last character. */
  "k07-even": { keys: ({ good, own }) => set(...good, { ...own, n: `${String(own.n).slice(0, -1)}g` }) },
  "k10-object": text("{}"),
  "k10-keys-object": text('{"keys":{}}'),
  "k10-null": text('{"keys":[null]}'),
  "k10-empty": text('{"keys":[]}'),
  "k10-html": text("<!doctype html><title>Sorry</title>", { "content-type": "text/html" }),
  "k10-truncated": { keys: ({ good }) => new Response(JSON.stringify({ keys: good }).slice(0, 900)) },
  "k10-nothing": text(""),
  "k10-then-empty": { keys: ({ good, asked }) => (asked === 1 ? set(...good) : new Response('{"keys":[]}')) },
  "k13-500": status(500),
  "k13-503": status(503),
  "k13-429": status(429, { "retry-after": "20" }),
  /** A redirect to a valid copy: a gate that followed it would get keys. */
  "k13-redirect": {
    keys: ({ good, url }) =>
      url.pathname.startsWith(moved)
        ? set(...good)
        : new Response(null, { status: 302, headers: { location: `${moved}${url.pathname}` } }),
  },
  "k15-slow": { keys: ({ good }) => new Promise((resolve) => setTimeout(() => resolve(set(...good)), slowMs)) },
  "k15-drip": stream(" ", () => new Promise((resolve) => setTimeout(resolve, 100))),
  "k15-endless": stream(" ".repeat(64 * 1024), async () => {}),
  "k17-type": {
    keys: ({ good }) => new Response(JSON.stringify({ keys: good }), { headers: { "content-type": "text/html" } }),
  },
  "k18-then-flood": {},
  "k21-then-new": { keys: ({ good, own, asked }) => (asked === 1 ? set(...good) : set(...good, own)) },
  "k22-then-removed": { keys: ({ good, own, asked }) => (asked === 1 ? set(...good, own) : set(...good)) },
  "k23-issuer": { metadata: () => ({ issuer: "https://login.microsoftonline.com/{tenantid}/v2.0" }) },
  "external-issuer-tenant": { metadata: () => ({ issuer: `https://login.microsoftonline.com/${fabrikam}/v2.0` }) },
  "external-issuer-host": { metadata: () => ({ issuer: `https://${fabrikam}.ciamlogin.com/${contoso}/v2.0` }) },
  "external-issuer-name": { metadata: () => ({ issuer: `https://fabrikam.ciamlogin.com/${contoso}/v2.0` }) },
  "external-issuer-path": { metadata: () => ({ issuer: `https://login.microsoftonline.com/${contoso}/` }) },
  "external-issuer-cloud": { metadata: () => ({ issuer: `https://login.microsoftonline.us/${contoso}/v2.0` }) },
  "external-issuer-v1": { metadata: () => ({ issuer: `https://sts.windows.net/${contoso}/` }) },
  "external-keys-cloud": { metadata: () => ({ jwks_uri: `${publicCloud}/${contoso}/discovery/v2.0/keys` }) },
  "external-keys-tenant": {
    metadata: () => ({ jwks_uri: `https://${fabrikam}.ciamlogin.com/${fabrikam}/discovery/v2.0/keys` }),
  },
  "external-keys-name": {
    metadata: () => ({ jwks_uri: `https://fabrikam.ciamlogin.com/${contoso}/discovery/v2.0/keys` }),
  },
  "k23-host": { metadata: () => ({ jwks_uri: "https://keys.attacker.example/keys" }) },
  "k23-http": { metadata: ({ host, pathname }) => ({ jwks_uri: `http://${host}${pathname}` }) },
  "k23-user": { metadata: ({ host }) => ({ jwks_uri: `https://${host}@keys.attacker.example/keys` }) },
  "k26-tenant": { keys: ({ good, own, url }) => (url.pathname.includes(fabrikam) ? set(...good) : set(...good, own)) },
  "k26-version": { keys: ({ good, own, url }) => (url.pathname.includes("/v2.0/") ? set(...good, own) : set(...good)) },
  /** Usable keys with the ID and issuer of the test's own key, which is the last of them. */
  "k28-two": { keys: ({ good, own }) => set(...good, ...renameKeys(good, own, 1), own) },
  "k28-four": { keys: ({ good, own }) => set(...good, ...renameKeys(good, own, 3), own) },
  /** The document for v2.0 loses a key that the one for v1.0 keeps. */
  "k29-then-not-vouched": {
    keys: ({ good, own, asked, url }) =>
      url.pathname.includes("/v2.0/") && asked > 1 ? set(...good) : set(...good, own),
  },
  /** The metadata names another issuer. The key stays the same. */
  "k30-then-issuer": {
    keys: ({ good, own, asked }) => set(...(asked === 1 ? good : []), { ...own, issuer: undefined }),
    metadata: (_url, asked) => (asked === 1 ? {} : { issuer: `${publicCloud}/${contoso}/v2.0` }),
  },
} as const satisfies Record<string, Publication>;

export type PublicationName = keyof typeof publications;
