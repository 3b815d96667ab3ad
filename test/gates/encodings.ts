import { platformIo } from "../../src/base/common/io.ts";
import { createDownstreamFetch } from "../../src/extensions/downstream/downstream-fetch.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const token = { accessToken: "token", expiresAtSeconds: Number.POSITIVE_INFINITY };
const downstreamFetch = createDownstreamFetch(platformIo, async () => token);
const urlOf = (request: Request) => new URL(request.url).searchParams.get("url") ?? "";

/** Forwards, and returns the responses of other servers. */
const routes = new App();
const forUsers = { hooks: requireAuth("access_as_user") };
const anyone = { public: true } as const;
routes.get("/orders", forUsers, origin());
routes.get("/downstream", forUsers, ({ request }) => downstreamFetch(urlOf(request), { scopes: [] }));
routes.get("/fetched", forUsers, ({ request }) => fetch(urlOf(request)));
routes.get("/public", anyone, ({ request }) => fetch(urlOf(request)));

export default createGate({ routes, unlisted: "reject" });
