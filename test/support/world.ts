// The network of a fleet's gates: the local Entra under Microsoft's hosts, including Graph's, the sample
// origin, and nothing else. It gets all requests of the gates (`outboundService`). A request without a gate's name is
// the test's own, and does not count.

import { type Publication, type PublicationName, publications } from "./publications.ts";
import { listToken, revocationsHost, revocationTexts } from "./revocation-texts.ts";

interface World {
  readonly ENTRA: Fetcher;
  readonly ORIGIN: Fetcher;
  /**
   * Public key, as a JWK, that every authority publishes in addition to the local Entra's. The test has its private
   * half.
   */
  readonly OWN_KEY: Readonly<Record<string, unknown>>;
}

/** One request of a gate. */
interface Call {
  readonly gate: string;
  readonly method: string;
  readonly url: string;
  readonly to: "authority" | "graph" | "origin" | "list" | "nowhere";
}

const authorities =
  /^login\.(?:microsoftonline\.(?:com|us)|partner\.microsoftonline\.cn)$|\.(?:ciamlogin\.com|localhost)$|^login-[a-z]+\.contoso\.example$/;

/**
 * Hosts of External ID, and the issuer that their documents and keys name: the tenant's host, or the public cloud's.
 */
const externalIssuers: Readonly<Record<string, string>> = {
  "login-tenant.contoso.example": "https://{tenantid}.ciamlogin.com/{tenantid}/v2.0",
  "login-public.contoso.example": "https://login.microsoftonline.com/{tenantid}/v2.0",
  "public.ciamlogin.com": "https://login.microsoftonline.com/{tenantid}/v2.0",
};
const origins = ["origin.contoso.example", "api.contoso.example"];

const calls: Call[] = [];

export default {
  async fetch(request: Request, world: World, context: ExecutionContext<{ gate?: string }>): Promise<Response> {
    const { gate } = context.props;
    if (gate !== undefined) return answer(gate, request, world);
    const { headers } = request;
    const asked = headers.get("x-authority-url");
    if (asked !== null) return askAuthority(new Request(asked, request), world);
    const gateInDeno = headers.get("fleet-gate");
    return gateInDeno === null ? describe(world) : answer(gateInDeno, restore(request), world);
  },
};

async function answer(gate: string, request: Request, world: World): Promise<Response> {
  const { hostname } = new URL(request.url);
  const to = classify(hostname);
  calls.push({ gate, method: request.method, url: request.url, to });
  if (to === "authority") return askAuthority(request, world);
  if (to === "graph") return world.ENTRA.fetch(request);
  if (to === "origin") return world.ORIGIN.fetch(request);
  if (to === "list") return serveList(request);
  return new Response("closed network", { status: 599 });
}

/** Restores a request of a gate in Deno, which sends it here with its URL in a header. */
function restore(request: Request): Request {
  const restored = new Request(request.headers.get("fleet-url") ?? "", request);
  restored.headers.delete("fleet-gate");
  restored.headers.delete("fleet-url");
  return restored;
}

function classify(hostname: string): Call["to"] {
  if (authorities.test(hostname)) return "authority";
  if (hostname === "graph.microsoft.com") return "graph";
  if (hostname === revocationsHost) return "list";
  return origins.includes(hostname) ? "origin" : "nowhere";
}

/** Serves the lists of revoked callers to a gate with the token. */
function serveList({ url, headers }: Request): Response {
  if (headers.get("authorization") !== `Bearer ${listToken}`) return new Response("no", { status: 401 });
  const name = new URL(url).pathname.slice(1);
  if (name === "elsewhere") return Response.redirect(`https://${revocationsHost}/good`, 302);
  const text = revocationTexts[name];
  return text === undefined ? new Response("none", { status: 404 }) : new Response(text);
}

async function describe({ ORIGIN }: World): Promise<Response> {
  const journal = await ORIGIN.fetch("https://origin.contoso.example/local/requests");
  return Response.json({ calls, origin: await journal.json() });
}

async function askAuthority(request: Request, { ENTRA, OWN_KEY }: World): Promise<Response> {
  const url = locate(new URL(request.url));
  const publication: Publication = publications[url.hostname.split(".")[0] as PublicationName] ?? {};
  const response = await ENTRA.fetch(new Request(url, request));
  if (response.status !== 200) return response;
  const issuer = externalIssuers[url.hostname];
  const asked = calls.filter((call) => call.url === request.url).length;
  if (!url.pathname.endsWith("/keys")) {
    if (issuer === undefined && publication.metadata === undefined) return response;
    const [, tenant = ""] = url.pathname.split("/");
    const named = issuer && { issuer: issuer.replaceAll("{tenantid}", tenant) };
    return Response.json({ ...(await response.json<object>()), ...named, ...publication.metadata?.(url, asked) });
  }
  const published = await response.json<{ keys: Record<string, unknown>[] }>();
  const ownIssuer = `${url.origin}/{tenantid}/v2.0`;
  const nameIssuer = (of: unknown) => (issuer !== undefined && of === ownIssuer ? issuer : of);
  const good = published.keys.map((key) => ({ ...key, ...("issuer" in key && { issuer: nameIssuer(key.issuer) }) }));
  const own = url.pathname.includes("/v2.0/") ? { ...OWN_KEY, issuer: nameIssuer(ownIssuer) } : OWN_KEY;
  if (publication.keys) return publication.keys({ good, own, asked, url });
  return Response.json({ keys: url.hostname === "single.ciamlogin.com" ? [own] : [...good, own] });
}

/** Simulates External ID, whose metadata is under the tenant's name and names a host with its GUID. */
function locate(url: URL): URL {
  if (url.hostname === "contoso.ciamlogin.com") url.hostname = `${url.pathname.split("/")[1]}.ciamlogin.com`;
  return url;
}
