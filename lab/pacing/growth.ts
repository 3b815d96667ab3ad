import { createGateVars } from "../../cli/common/gate-vars.ts";
import { serve } from "../../cli/common/loopback.ts";
import { tenants } from "../../entra/directory/directory.ts";
import { createEntra } from "../../entra/entra.ts";
import * as limits from "../../src/base/common/limits.ts";
import { createVerifiedTokens, type VerifiedToken, weighToken } from "../../src/core/token/verified-tokens.ts";
import { issueMany } from "../tokens.ts";
import { pickRandomly } from "./sequence.ts";

/** One size on one axis of growth. */
export interface Point {
  readonly axis: string;
  readonly size: number;
  readonly worker: string;
  readonly vars: Readonly<Record<string, string>>;
  readonly path: string;
  readonly tokens: readonly string[];
  /** Tokens are sent in turn instead of randomly, so that each is new. */
  readonly isNew?: boolean;
  /** The gate removes all known tokens before each segment. */
  readonly empties?: boolean;
  /** Share of the requests with a known token. */
  readonly hits?: number;
  /** Bytes that a token weighs in the cache. */
  readonly weight?: number;
}

/** Claims of the tokens whose memory is measured. */
type TokenLists = Readonly<Partial<Record<"groups" | "roles", readonly string[]>>>;
const tokenLists: Readonly<Record<string, TokenLists>> = {
  "plain tokens": {},
  "tokens of 200 groups": { groups: Array.from({ length: 200 }, () => crypto.randomUUID()) },
  "tokens of 20 roles": { roles: Array.from({ length: 20 }, (_, index) => `Orders.Role.${index}`) },
};

const home = tenants.contoso.id;
const nameTenant = (index: number) => `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

/** Creates the points of all axes. Starts a local authority. */
export async function createPoints(
  isChosen: (axis: string) => boolean,
  withEverything: boolean,
): Promise<readonly Point[]> {
  const entra = createEntra();
  const documents = new Map<string, string>();
  /** Every tenant has the same keys, as in the real Entra. */
  const { url: authority } = await serve(async ({ headers, url = "" }, response) => {
    const [, tenant = home] = url.split("/");
    const homeUrl = `http://${headers.host}${url.replace(tenant, home)}`;
    const text = documents.get(homeUrl) ?? (await (await entra.fetch(new Request(homeUrl))).text());
    documents.set(homeUrl, text);
    response.setHeader("content-type", "application/json").end(text.replaceAll(home, tenant));
  });
  const issue = (tenant: string, lists: TokenLists = {}) =>
    entra.issueAccessToken({
      authority,
      persona: "member",
      claims: { tid: tenant, iss: `${authority}/${tenant}/v2.0`, ...lists },
    });
  const vars = createGateVars(authority);

  const weight = weigh(await issue(home));
  /** Tokens that the cache holds. */
  const bound = Math.min(limits.verifiedTokens, Math.floor(limits.verifiedTokenBytes / weight));
  const needsMany = isChosen("live tokens") || isChosen("new tokens, known");
  const many = await issueMany(needsMany ? 4 * bound : 1, () => issue(home));
  const ofHome = { worker: "gate", vars, path: "/me" } as const;
  const points: Point[] = [10, 100, 1_000, Math.floor(0.95 * bound), 2 * bound, 4 * bound].map((size) => ({
    ...ofHome,
    axis: "live tokens",
    size,
    tokens: many.slice(0, size),
    hits: simulateHits(size, weight),
  }));
  const fresh = { ...ofHome, axis: "new tokens, known", worker: "gate-emptied", tokens: many, isNew: true } as const;
  points.push({ ...fresh, size: 0, empties: true }, { ...fresh, size: bound });
  for (const size of isChosen("tenants") ? [1, 10, 100, 1_000, 10_000] : []) {
    const listed = Array.from({ length: size }, (_, index) => nameTenant(index));
    // The same number of tokens for any number of tenants, so that nothing else grows.
    let next = 0;
    const tokens = await issueMany(10_000, () => issue(listed[next++ % size]!));
    const allowed = { ...vars, ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: listed.join(" ") };
    points.push({ ...ofHome, axis: "tenants", size, vars: allowed, tokens });
  }
  for (const kind of ["literal", "parameter"]) {
    for (const size of [10, 100, 1_000, 10_000]) {
      const path = kind === "literal" ? `/literal/${size - 2}` : `/items${size - 1}/7`;
      const declared = { ...vars, ROUTES: String(size) };
      const tokens = many.slice(0, 1);
      points.push({ axis: `routes, ${kind}`, size, worker: "routes", vars: declared, path, tokens });
    }
  }
  if (withEverything) {
    const listed = Array.from({ length: limits.keySets }, (_, index) => nameTenant(index));
    let next = 0;
    const tokens = await issueMany(bound, () => issue(listed[next++ % listed.length]!));
    const origin = await serve((_, response) => response.setHeader("content-length", 2).end("{}"));
    const forwarded = { ...ofHome, vars: { ...vars, ORIGIN_URL: origin.url }, path: "/orders" } as const;
    const allowed = { ENTRA_TENANT_ID: "organizations", ENTRA_ALLOWED_TENANTS: listed.join(" ") };
    points.push({
      ...forwarded,
      axis: "all at their bound",
      size: bound,
      vars: { ...forwarded.vars, ...allowed },
      tokens,
    });
    for (const [name, lists] of Object.entries(tokenLists)) {
      const known = await issueMany(1_000, () => issue(home, lists));
      const weight = weigh(known[0]!);
      for (const [way, point] of Object.entries({ handled: ofHome, forwarded })) {
        for (const size of [100, 1_000])
          points.push({ ...point, axis: `${name}, ${way}`, size, tokens: known.slice(0, size), weight });
      }
    }
  }
  return points.filter(({ axis }) => isChosen(axis));
}

function weigh(token: string): number {
  const lists = { scopes: ["access_as_user"], roles: [], groups: [], contexts: [], capabilities: [] };
  return weighToken({ credential: `Bearer ${token}`, ...lists } as unknown as VerifiedToken);
}

/** Share of hits if this many tokens are sent randomly. */
function simulateHits(size: number, weight: number): number {
  const cache = createVerifiedTokens(
    limits.verifiedTokens,
    limits.verifiedTokenBytes - limits.sharedValueBytes,
    () => weight,
  );
  const rounds = [0, 1].map(() => {
    let hits = 0;
    const picks = pickRandomly(10 * size, size, Math.random);
    for (const pick of picks) {
      const token = { credential: `${pick}` } as VerifiedToken;
      if (cache.get(token.credential) === undefined) cache.add(token, token);
      else hits += 1;
    }
    return hits / picks.length;
  });
  return rounds[1]!;
}
