import fc from "fast-check";
import { expect, it } from "vitest";
import { api, tenants } from "../../../entra/directory/directory.ts";
import type { JsonObject } from "../../../src/core/token/decode.ts";
import { tries } from "../../support/property.ts";
import { entra, explainCredential } from "../support/explain-world.ts";
import { admits, type Caller } from "./reading.ts";
import { compile, login, routesOf } from "./support.ts";

const prefix = `api://${api.clientId}/`;
const flow = (name: string) => `${login}/${tenants.contoso.id}/oauth2/v2.0/${name}`;
const names = ["a", "b", "c", "d"];
/** Names that users and apps can have, and with the ID URI of the API. */
const declared = { user: ["a", `${prefix}b`, "c"], app: ["c", `${prefix}d`, "b"] };
const scopes = (list: readonly string[]) => Object.fromEntries(list.map((name) => [name, ""]));
const oauth = {
  type: "oauth2",
  flows: {
    authorizationCode: {
      authorizationUrl: flow("authorize"),
      tokenUrl: flow("token"),
      scopes: scopes(declared.user),
    },
    clientCredentials: { tokenUrl: flow("token"), scopes: scopes(declared.app) },
  },
};
const oidc = { type: "openIdConnect", openIdConnectUrl: `${login}/common/v2.0/.well-known/openid-configuration` };
const bearer = { type: "http", scheme: "bearer" };

const someOf = (list: readonly string[]) => fc.subarray([...list], { minLength: 1 });
const entry = fc.oneof(
  someOf(declared.user).map((list) => ({ oauth: list })),
  someOf(declared.app).map((list) => ({ oauth: list })),
  someOf(names).map((list) => ({ oidc: list })),
  fc.tuple(someOf(declared.user), someOf(names)).map(([own, others]) => ({ oauth: own, oidc: others })),
  fc.tuple(someOf(declared.app), someOf(names)).map(([own, others]) => ({ oauth: own, bearer: others })),
  someOf(names).map((list) => ({ bearer: list })),
);
const security = fc.array(entry, { minLength: 1, maxLength: 3 });
const methods = ["get", "put", "head"];
const option = (freq: number) => fc.option(someOf(names), { nil: undefined, freq });
const operation = fc.record(
  {
    security: fc.option(security, { nil: undefined }),
    "x-entra-roles": option(2),
    "x-entra-any-scope": fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, option(9)),
  },
  { requiredKeys: [] },
);
const item = fc
  .tuple(fc.subarray(methods, { minLength: 1 }), fc.array(operation, { minLength: 3, maxLength: 3 }))
  .map(([list, operations]) => Object.fromEntries(list.map((method, index) => [method, operations[index]])));
const openItem = fc.constant({ get: { security: [] } });
const templates = ["/x", "/{a}", "/x/{a}", "/x/y", "/{a}/y", "/{a}/{b}", "/x/{a}/z"];
const generated = fc.record({
  openapi: fc.constantFrom("3.0.3", "3.1.0", "3.2.0"),
  info: fc.constant({ title: "Generated", version: "1" }),
  security,
  paths: fc
    .tuple(
      fc.subarray(templates, { minLength: 1, maxLength: 4 }),
      fc.array(item, { minLength: 7, maxLength: 7 }),
      fc.option(openItem),
    )
    .map(([list, items, open]) => ({
      ...Object.fromEntries(list.map((template, index) => [template, items[index]])),
      ...(open && { "/open": open }),
    })),
  components: fc.constant({ securitySchemes: { oauth, oidc, bearer } }),
});

const caller = fc.option(
  fc.record({
    kind: fc.constantFrom("user" as const, "app" as const),
    scopes: fc.subarray(names, { minLength: 3 }),
    roles: fc.subarray(names, { minLength: 3 }),
  }),
  { nil: undefined },
);
const request = fc.record({
  method: fc.constantFrom("GET", "GET", "PUT", "HEAD", "POST"),
  path: fc.constantFrom("/x", "/y", "/open", "/x/y", "/x/w", "/w/y", "/w/w", "/x/w/z", "/x/y/z"),
  caller,
});

const tokens = new Map<string, Promise<string>>();

/** Tokens are signed once for each kind of caller. */
function tokenOf({ kind, scopes: held, roles }: Caller): Promise<string> {
  const key = JSON.stringify([kind, held, roles]);
  const token =
    tokens.get(key) ??
    entra.issueAccessToken(
      kind === "user"
        ? { claims: { scp: held.length > 0 ? held.join(" ") : "none", ...(roles.length > 0 && { roles }) } }
        : { client: "daemon", claims: { roles: roles.length > 0 ? roles : ["none"] } },
    );
  tokens.set(key, token);
  return token;
}

it("the compiled gate admits a request exactly if a slow reading of the document does", async () => {
  let compiled = 0;
  const outcomes = { allowed: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(generated, fc.array(request, { minLength: 12, maxLength: 12 }), async (given, requests) => {
      const document = JSON.parse(JSON.stringify(given)) as JsonObject;
      const wishes = { open: "/open" in given.paths ? ["GET /open"] : [] };
      // The compiler refuses some documents, such as lists that mix users and apps. Those have no gate.
      if ("faults" in compile(document, wishes)) return;
      compiled += 1;
      const options = { routes: routesOf(document, wishes), unlisted: "reject" as const };
      for (const { method, path, caller: given } of requests) {
        const credential = given && `Bearer ${await tokenOf(given)}`;
        const { verdict } = await explainCredential(credential ?? null, {
          options,
          request: { method, url: `https://api.contoso.example${path}` },
        });
        const expected = admits(document, method, path, given, prefix) ? "allowed" : "refused";
        expect({ method, path, given, outcome: verdict.outcome }).toEqual({ method, path, given, outcome: expected });
        outcomes[expected] += 1;
      }
    }),
    tries(80),
  );
  expect(compiled).toBeGreaterThan(15);
  expect(Math.min(outcomes.allowed, outcomes.refused)).toBeGreaterThan(30);
});
