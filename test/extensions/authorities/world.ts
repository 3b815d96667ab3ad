import { createEntra, type Entra } from "../../../entra/entra.ts";
import type { AccessTokenOptions } from "../../../entra/tokens/issuer.ts";
import { type AuthHooks, createEntraPlugin, type HookContext } from "../../../src/adapters/daloy.ts";
import type { Io } from "../../../src/base/common/io.ts";
import { App, authorities, createGate, type GateOptions, requireAuth } from "../../../src/index.ts";
import { environmentWith, plainLog } from "../../support/environment.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";
import { reuseKeyPairs } from "../../support/key-pairs.ts";

/** Addresses of the two authorities. */
export const urls = { default: "http://employees.localhost", customers: "http://customers.localhost" } as const;
export type AuthorityName = keyof typeof urls;

/** Two authorities with equal key IDs, tenants, audiences and object IDs. Their keys and their issuers differ. */
export function createTwins(nowSeconds: () => number): Readonly<Record<AuthorityName, Entra>> {
  const makeKeyPair = reuseKeyPairs();
  const create = () => createEntra({ nowSeconds, makeKeyPair, keyIds: ["first", "second", "third", "fourth"] });
  return { default: create(), customers: create() };
}

/** The environment of a gate with the two authorities. */
export function environmentOfTwins(changes: Record<string, unknown> = {}) {
  return environmentWith({
    ...plainLog,
    ENTRA_AUTHORITY: urls.default,
    ENTRA_CUSTOMERS_AUTHORITY: urls.customers,
    ENTRA_CUSTOMERS_TENANT_ID: environmentWith({}).ENTRA_TENANT_ID,
    ENTRA_CUSTOMERS_API_AUDIENCE: environmentWith({}).ENTRA_API_AUDIENCE,
    ...changes,
  });
}

const withoutCustomers = {
  ENTRA_CUSTOMERS_AUTHORITY: undefined,
  ENTRA_CUSTOMERS_TENANT_ID: undefined,
  ENTRA_CUSTOMERS_API_AUDIENCE: undefined,
};

/** One gate in one isolate, with an origin that echoes headers. */
export interface TwinWorld {
  readonly io: FakeIo;
  readonly twins: ReturnType<typeof createTwins>;
  /** @param issuer whose address the token has, if not that of the signer */
  issue(signer: AuthorityName, options?: AccessTokenOptions): Promise<string>;
  ask(
    path: string,
    token: string,
    headers?: Record<string, string>,
    method?: string,
    body?: string | null,
  ): Promise<Response>;
  /** Sends a request without a token. */
  send(path: string, init?: RequestInit): Promise<Response>;
  /** Status, and the reason in the log or the authority of the principal. */
  outcome(path: string, token: string): Promise<string>;
}

const routes = () =>
  new App()
    .get("/employees", { hooks: requireAuth("access_as_user") }, ({ state }) => answer(state.principal.authority))
    .get("/customers", { hooks: requireAuth({ from: ["customers"], scopes: ["access_as_user"] }) }, ({ state }) =>
      answer(state.principal.authority),
    )
    .get("/both", { hooks: requireAuth({ from: ["default", "customers"], scopes: ["access_as_user"] }) }, ({ state }) =>
      answer(state.principal.authority),
    );

const answer = (authority: string) => ({ status: 200, body: { authority } }) as const;

/** Creates what answers requests: the fetch handler of a gate, an App, or an app of another framework. */
export type CreateFetch = (
  options: GateOptions,
  io: Io,
) => (request: Request, environment?: never) => Response | Promise<Response>;

/**
 * A route of a DaloyJS app, at every path.
 *
 * @param bundles its hooks, in their order
 * @param between what happens after each of them
 */
export function createDaloyFetch(
  bundles: readonly Pick<AuthHooks, "preBody">[],
  between = async () => {},
): CreateFetch {
  return ({ authorities: option }, io) =>
    async (request, environment) => {
      // The adapter forwards nothing, so it takes no variables of origins.
      const config = Object.entries<string>(environment ?? {}).filter(([name]) => !name.startsWith("ORIGIN_"));
      const { verifier } = createEntraPlugin(
        Object.fromEntries(config) as never,
        option && { authorities: option },
        io,
      );
      const context: HookContext = { request, state: { verifier }, routePath: "/orders" };
      for (const { preBody } of bundles) {
        const refusal = await preBody(context);
        if (refusal !== undefined) return refusal;
        await between();
      }
      return Response.json(context.state.principal);
    };
}

/** @param options of the gate, and whether it has the second authority */
export function createTwinWorld(
  changes: Record<string, unknown> = {},
  { hasCustomers = true, ...options }: GateOptions & { readonly hasCustomers?: boolean } = {},
  createFetch: CreateFetch = (given, io) => createGate(given, io).fetch,
): TwinWorld {
  const io = createFakeIo();
  const twins = createTwins(() => Math.floor(io.now() / 1_000));
  io.setFetch((request) => {
    const name = (Object.keys(urls) as AuthorityName[]).find((each) => request.url.startsWith(urls[each]));
    if (name !== undefined) return twins[name].fetch(request);
    return Response.json(Object.fromEntries(request.headers));
  });
  const own = hasCustomers ? { routes: routes(), authorities: authorities("customers") } : {};
  const environment = environmentOfTwins({
    ...(!hasCustomers && withoutCustomers),
    ORIGIN_URL: "https://origin.contoso.example",
    ...changes,
  });
  const fetch = createFetch({ ...own, ...options }, io);
  const send = async (path: string, init: RequestInit = {}) =>
    fetch(new Request(`https://api.contoso.example${path}`, init), environment as never);
  const ask: TwinWorld["ask"] = (path, token, headers = {}, method = "GET", body = null) =>
    send(path, { method, body, headers: { authorization: `Bearer ${token}`, ...headers } });
  return {
    io,
    twins,
    issue: (signer, token = {}) => twins[signer].issueAccessToken({ authority: urls[signer], ...token }),
    ask,
    send,
    async outcome(path, token) {
      const response = await ask(path, token);
      if (response.status !== 200) return `${response.status} ${io.lines.at(-1)?.reason}`;
      return `200 ${((await response.json()) as { authority: string }).authority}`;
    },
  };
}
