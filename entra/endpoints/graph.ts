// A small Microsoft Graph: it returns the user of the token and the user's groups, and has one resource that requires
// an authentication context.

import type { Context, Hono } from "hono";
import type { JWTPayload } from "jose";
import { isRecord, parseJson, readJson } from "../../src/cli-exports/text.ts";
import type { Outages } from "../common/outage.ts";
import type { Directory, DirectoryUser } from "../directory/model.ts";
import { graphClientId } from "../directory/scope.ts";
import { derivePairwiseSubject } from "../directory/subject.ts";
import { type OwnTokens, readOwnToken } from "../keys/own-token.ts";

interface GraphContext extends OwnTokens {
  readonly directory: Directory;
  readonly outages: Outages;
}

/** Authentication context that `/v1.0/me/messages` requires in addition to the scope. */
const neededContext = "c2";
/** @see https://learn.microsoft.com/graph/api/directoryobject-checkmembergroups */
const maxCheckedGroups = 20;
/** @see https://learn.microsoft.com/graph/api/directoryobject-getmembergroups */
const maxListedGroups = 11_000;
/** @see https://learn.microsoft.com/graph/json-batching */
const maxBatched = 20;
const batchedMethods = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Added after Entra's own endpoints: no tenant has the name `v1.0` or `oidc`. */
export function addGraphEndpoints(app: Hono, parts: GraphContext): void {
  for (const path of ["/oidc/userinfo", "/:tenant/openid/userinfo"]) {
    app.on(["GET", "POST"], path, (c) =>
      withUser(c, parts, async (user, claims) => c.json(await describeUser(user, claims))),
    );
  }
  app.get("/v1.0/me", (c) =>
    withUser(c, parts, (user, claims) => {
      const entity = { ...createUserEntity(user), tenant: claims.tid };
      const { names, selected, unknown } = select(c, entity);
      if (unknown !== undefined) return refuseProperty(c, unknown, "user");
      const type = names === undefined ? "users/$entity" : `users(${names.join(",")})/$entity`;
      return c.json({ "@odata.context": formatContext(c, type), ...selected });
    }),
  );
  // Nobody has a photo.
  for (const path of ["/v1.0/me/photo/*", "/v1.0/me/photos/*"]) {
    app.get(path, (c) => withUser(c, parts, () => c.json(createFault("ImageNotFound"), 404)));
  }
  app.get("/v1.0/me/transitiveMemberOf", (c) =>
    withUser(c, parts, ({ groups }) => {
      const page = listMemberships(c, groups);
      if (page === undefined) return c.json(createFault("Request_UnsupportedQuery"), 400);
      return parts.outages.apply("graph", c.req.raw, page);
    }),
  );
  for (const owner of ["/v1.0/me", "/v1.0/users/:id", "/v1.0/directoryObjects/:id"])
    addMembershipEndpoints(app, owner, parts);
  app.get("/v1.0/me/messages", async (c) => {
    const claims = await readToken(c, parts);
    if (claims === undefined) return refuseToken(c);
    if (!Array.isArray(claims.acrs) || !claims.acrs.includes(neededContext)) return challenge(c);
    return c.json({ value: [] });
  });
  app.get("/v1.0/organization", async (c) => {
    const claims = await readToken(c, parts);
    if (claims === undefined) return refuseToken(c);
    if (claims.idtyp !== "app") return c.json(createFault("Forbidden"), 403);
    const { selected, unknown } = select(c, { id: claims.tid });
    return unknown === undefined ? c.json({ value: [selected] }) : refuseProperty(c, unknown, "organization");
  });
  app.get("/v1.0/moved", (c) => c.redirect(c.req.query("to") ?? "/v1.0/me", 302));
  app.post("/v1.0/$batch", (c) => batch(c, app));
  for (const path of ["/v1.0/*", "/beta/*"]) {
    app.all(path, async (c) => {
      if ((await readToken(c, parts)) === undefined) return refuseToken(c);
      const segment = c.req.path.slice(c.req.path.lastIndexOf("/") + 1);
      return c.json(createFault("BadRequest", `Resource not found for the segment '${segment}'.`), 400);
    });
  }
}

/** The properties of a user that Microsoft Graph returns without `$select`. */
function createUserEntity({ oid, name, givenName, familyName, email, username }: DirectoryUser) {
  return {
    businessPhones: [],
    displayName: name,
    givenName,
    id: oid,
    jobTitle: null,
    mail: email ?? null,
    mobilePhone: null,
    officeLocation: null,
    preferredLanguage: null,
    surname: familyName,
    userPrincipalName: username,
  };
}

interface Selection {
  /** Names of `$select`; absent without it. */
  readonly names?: readonly string[];
  /** The first of them that the entity does not have. */
  readonly unknown?: string;
  readonly selected: Readonly<Record<string, unknown>>;
}

/** @see https://learn.microsoft.com/graph/query-parameters#select-parameter */
function select(c: Context, entity: Readonly<Record<string, unknown>>): Selection {
  const names = (c.req.query("$select") ?? "*").split(",").map((name) => name.trim());
  if (names.includes("*")) return { selected: entity };
  const unknown = names.find((name) => !Object.hasOwn(entity, name));
  if (unknown !== undefined) return { names, unknown, selected: {} };
  return { names, selected: Object.fromEntries(names.map((name) => [name, entity[name]])) };
}

function addMembershipEndpoints(app: Hono, owner: string, parts: GraphContext): void {
  for (const [action, type] of [
    ["getMemberGroups", "Collection(Edm.String)"],
    ["getMemberObjects", "Collection(Edm.String)"],
    ["checkMemberGroups", "Collection(Edm.String)"],
  ] as const) {
    app.post(`${owner}/${action}`, (c) =>
      withMember(c, parts, async ({ groups }, claims) => {
        const body = readJson(await c.req.text());
        if (!isRecord(body)) return c.json(createFault("BadRequest"), 400);
        if (action === "getMemberGroups" && !mayListGroups(claims))
          return c.json(createFault("Authorization_RequestDenied"), 403);
        const asked = body.groupIds;
        if (action === "getMemberGroups" && groups.length > maxListedGroups)
          return c.json(createFault("Directory_ResultSizeLimitExceeded"), 400);
        const list = { "@odata.context": formatContext(c, type), value: groups };
        if (action === "getMemberGroups") return parts.outages.apply("graph", c.req.raw, list);
        if (action === "getMemberObjects") return c.json(list);
        if (!Array.isArray(asked) || asked.length > maxCheckedGroups)
          return c.json(createFault("Request_BadRequest"), 400);
        return c.json({
          "@odata.context": formatContext(c, type),
          value: groups.filter((group) => asked.includes(group)),
        });
      }),
    );
  }
}

/** @see https://learn.microsoft.com/graph/paging */
const pageDefault = 100;
const pageMaximum = 999;
/** In every list of memberships, as a role and an administrative unit of a real tenant are. */
const otherObjects = [
  { "@odata.type": "#microsoft.graph.directoryRole", id: "96000000-0000-4000-8002-000000000001" },
  { "@odata.type": "#microsoft.graph.administrativeUnit", id: "96000000-0000-4000-8002-000000000002" },
];

/** One page of the groups, roles and administrative units of a user; `undefined` for a wrong query. */
function listMemberships(c: Context, groups: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  const top = Number(c.req.query("$top") ?? pageDefault);
  const from = Number(c.req.query("$skiptoken") ?? 0);
  if (!Number.isInteger(top) || top < 1 || top > pageMaximum || !Number.isInteger(from) || from < 0) return undefined;
  const all = [...otherObjects, ...groups.map((id) => ({ "@odata.type": "#microsoft.graph.group", id }))];
  const next = new URL(c.req.url);
  next.searchParams.set("$skiptoken", String(from + top));
  return {
    "@odata.context": formatContext(c, "directoryObjects(id)"),
    ...(from + top < all.length && { "@odata.nextLink": next.href }),
    value: all.slice(from, from + top),
  };
}

/** The user of the token, or the user of the path for a token that may read others. */
async function withMember(
  c: Context,
  parts: GraphContext,
  answer: (user: DirectoryUser, claims: JWTPayload) => Promise<Response>,
): Promise<Response> {
  const claims = await readToken(c, parts);
  if (claims === undefined) return refuseToken(c);
  const id = c.req.param("id");
  if (id === undefined && claims.idtyp === "app") return c.json(createFault("BadRequest"), 400);
  const user = parts.directory.findUser(id ?? String(claims.oid));
  if (user === undefined) return c.json(createFault("Request_ResourceNotFound"), 404);
  return answer(user, claims);
}

async function withUser(
  c: Context,
  parts: GraphContext,
  answer: (user: DirectoryUser, claims: JWTPayload) => Response | Promise<Response>,
): Promise<Response> {
  const claims = await readToken(c, parts);
  if (claims === undefined) return refuseToken(c);
  const user = parts.directory.findUser(String(claims.oid));
  if (user === undefined || !isUserOf(claims)) return c.json(createFault("Authorization_RequestDenied"), 403);
  return answer(user, claims);
}

/** `sub` is that of the client's ID token. @see https://learn.microsoft.com/entra/identity-platform/userinfo */
async function describeUser({ oid, name, familyName, givenName, email }: DirectoryUser, claims: JWTPayload) {
  return {
    sub: await derivePairwiseSubject(oid, String(claims.azp ?? claims.appid)),
    name,
    family_name: familyName,
    given_name: givenName,
    picture: "https://graph.microsoft.com/v1.0/me/photo/$value",
    ...(email !== undefined && { email }),
  };
}

interface BatchedRequest {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly body?: unknown;
}

/** Answers the requests of a batch one after the other, each with the token of the batch. */
async function batch(c: Context, app: Hono): Promise<Response> {
  const { requests } = Object(readJson(await c.req.text())) as { readonly requests?: unknown };
  if (!Array.isArray(requests) || requests.length > maxBatched || !requests.every(isBatched)) {
    return c.json(createFault("BadRequest"), 400);
  }
  if (new Set(requests.map(({ id }) => id)).size < requests.length) return c.json(createFault("BadRequest"), 400);
  const responses: object[] = [];
  for (const { id, method, url, body: sent } of requests) {
    const headers = { authorization: c.req.header("Authorization") ?? "", "content-type": "application/json" };
    const target = new URL(`/v1.0/${url.replace(/^\//, "")}`, c.req.url);
    const hasBody = sent !== undefined && method !== "GET";
    const init = { method, headers, ...(hasBody && { body: JSON.stringify(sent) }) };
    const isNested = target.pathname === "/v1.0/$batch" || !target.pathname.startsWith("/v1.0/");
    const answer = isNested ? c.json(createFault("BadRequest"), 400) : await app.fetch(new Request(target, init));
    responses.push({ id, status: answer.status, ...(await describeAnswer(answer)) });
  }
  return c.json({ responses });
}

function isBatched(request: unknown): request is BatchedRequest {
  const { id, method, url } = Object(request) as Partial<Record<keyof BatchedRequest, unknown>>;
  return typeof id === "string" && batchedMethods.includes(String(method)) && typeof url === "string";
}

/** Headers and body of an answer in a batch. A redirect has no body. */
async function describeAnswer(answer: Response): Promise<object> {
  const location = answer.headers.get("Location");
  if (location !== null) return { headers: { Location: location } };
  const headers = { "Content-Type": "application/json" };
  return { headers, body: parseJson(await answer.text()) };
}

async function readToken(c: Context, parts: OwnTokens): Promise<JWTPayload | undefined> {
  const token = /^Bearer (\S+)$/.exec(c.req.header("Authorization") ?? "")?.[1];
  const claims = token === undefined ? undefined : await readOwnToken(token, parts);
  return typeof claims === "object" && claims.aud === graphClientId ? claims : undefined;
}

/** An app needs a permission too, which the local Graph does not check. */
function mayListGroups({ scp }: JWTPayload): boolean {
  return typeof scp !== "string" || scp.split(" ").includes("GroupMember.Read.All");
}

function isUserOf({ scp }: JWTPayload): boolean {
  return typeof scp === "string" && scp.split(" ").includes("User.Read");
}

function formatContext(c: Context, type: string): string {
  return `${new URL(c.req.url).origin}/v1.0/$metadata#${type}`;
}

function refuseToken(c: Context): Response {
  return c.json(createFault("InvalidAuthenticationToken"), 401, { "WWW-Authenticate": 'Bearer realm=""' });
}

function refuseProperty(c: Context, name: string, type: string): Response {
  return c.json(createFault("BadRequest", `Could not find a property named '${name}' on type '${type}'.`), 400);
}

/** @see https://learn.microsoft.com/entra/identity-platform/claims-challenge */
function challenge(c: Context): Response {
  const claims = btoa(JSON.stringify({ access_token: { acrs: { essential: true, value: neededContext } } }));
  const uri = `${new URL(c.req.url).origin}/common/oauth2/authorize`;
  const header = `Bearer realm="", authorization_uri="${uri}", error="insufficient_claims", claims="${claims}"`;
  return c.json(createFault("InvalidAuthenticationToken"), 401, { "WWW-Authenticate": header });
}

/** @see https://learn.microsoft.com/graph/errors */
function createFault(code: string, message = "The local Graph refuses this request."): object {
  const innerError = { date: new Date().toISOString().slice(0, -5), "request-id": crypto.randomUUID() };
  return { error: { code, message, innerError: { ...innerError, "client-request-id": innerError["request-id"] } } };
}
