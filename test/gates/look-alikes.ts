import { downstreamApi } from "../../entra/directory/directory.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const hooks = requireAuth("access_as_user");
const schema = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } } as const;
const request = { body: schema };
const log = () => undefined;
const exchange = (scope: string) => origin({ as: "on-behalf-of", scopes: [`${downstreamApi.appIdUri}/${scope}`] });

/**
 * Pairs of a wildcard and a path below it. Both have one requirement and go to the origin, and differ in one other
 * term. Those of `/same` do not differ.
 */
const routes = new App()
  .get("/same/*", { hooks: [hooks, { preBody: log }] }, origin())
  .get("/same/x", { hooks: [hooks, { preBody: log }] }, origin())
  .get("/socket/*", { hooks }, origin())
  .get("/socket/x", { hooks }, origin({ closeWebSocketAtExpiry: true }))
  .get("/parameter/*", { hooks, ownsAccessTokenParameter: true }, origin())
  .get("/parameter/x", { hooks }, origin())
  .get("/exchange/*", { hooks }, origin())
  .get("/exchange/x", { hooks }, exchange("inventory.read"))
  .get("/scopes/*", { hooks }, exchange("inventory.read"))
  .get("/scopes/x", { hooks }, exchange("inventory.write"))
  .get("/mode/*", { hooks, mode: "report" }, origin())
  .get("/mode/x", { hooks, mode: "enforce" }, origin())
  .get("/query/*", { hooks }, origin())
  .get("/query/x", { hooks, request: { query: schema } }, origin())
  .post("/media-types/*", { hooks, request, accepts: ["application/json", "text/plain"] }, origin())
  .post("/media-types/x", { hooks, request }, origin())
  .get("/hook/*", { hooks }, origin())
  .get("/hook/x", { hooks: [hooks, { preBody: log }] }, origin())
  .get("/moment/*", { hooks: [hooks, { onSend: log }] }, origin())
  .get("/moment/x", { hooks: [hooks, { preBody: log }] }, origin())
  .get("/order/*", { hooks: [{ preBody: log }, hooks] }, origin())
  .get("/order/x", { hooks: [hooks, { preBody: log }] }, origin())
  .get("/time/*", { hooks: [hooks, { handlerMilliseconds: 20_000 }] }, origin())
  .get("/time/x", { hooks: [hooks, { handlerMilliseconds: 10_000 }] }, origin())
  .get("/handler/*", { hooks }, origin())
  .get("/handler/x", { hooks }, () => ({ status: 200 }))
  .post("/mcp/*", { hooks, request }, origin())
  .register(mcp("/mcp/x", { hooks }))
  .group("/state", {}, (group) => {
    group.decorate("limit", 1).get("/*", { hooks }, origin());
  })
  .group("/state", {}, (group) => {
    group.decorate("limit", 2).get("/x", { hooks }, origin());
  });

export default createGate({ routes, downstream: downstream() });
