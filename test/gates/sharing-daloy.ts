import { type AuthHooks, entraPlugin, type HookContext, requireAuth } from "../../src/adapters/daloy.ts";
import { keep, share, sharing } from "../support/sharing.ts";

/** The part of DaloyJS's hooks that this file runs. */
type Bundle = Partial<Pick<AuthHooks, "preBody" | "onSend" | "onResponse">>;

const shareOnSend: Bundle = { onSend: (response) => void share(response) as undefined };

const hooks = requireAuth("access_as_user");

/** Bundles around a route, by the path of the route. */
const bundlesOf = (guard: Bundle): Readonly<Record<string, readonly Bundle[]>> => ({
  "/alone": [guard],
  "/before": [shareOnSend, { onResponse: share }, guard],
  "/between": [{ onResponse: share }, guard, shareOnSend],
  "/late": [guard],
  "/early": [{ preBody: async () => new Response("early", { status: 203, headers: sharing }) }, guard],
  "/refused": [shareOnSend, requireAuth("orders.write"), { onResponse: share }, guard],
  "/redirect": [guard],
  "/not-modified": [guard],
});

/** The handler of every route. */
function handle(pathname: string): Response {
  if (pathname === "/not-modified") return new Response(null, { status: 304 });
  if (pathname === "/redirect") return Response.redirect("https://api.contoso.example/");
  const response = Response.json({}, { headers: sharing });
  return pathname === "/late" ? keep(response) : response;
}

/**
 * Runs hooks like DaloyJS: the onSend of every bundle in order, then the onResponse of every bundle, both of which may
 * change the headers of the response.
 */
export function createSharingDaloy(verifier?: unknown): (request: Request) => Promise<Response> {
  const routes = bundlesOf(hooks);
  return async (request) => {
    const { pathname } = new URL(request.url);
    const bundles = routes[pathname] ?? [];
    const context: HookContext = { request, state: { ...(verifier !== undefined && { verifier }) }, routePath: "/me" };
    let response = handle(pathname);
    for (const { preBody } of bundles) response = (await preBody?.(context)) ?? response;
    for (const { onSend } of bundles) response = onSend?.(response, context) ?? response;
    for (const { onResponse } of bundles) onResponse?.(response, context);
    return response;
  };
}

entraPlugin.register({ decorate: () => {} });

export default { bundles: [hooks], fetch: createSharingDaloy() };
