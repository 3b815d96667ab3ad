import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { issuer } from "../../src/extensions/issuer/issuer.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const hooks = requireAuth("access_as_user");

/** A gate with three origins: one for requests without a route of their own, and two with a name. */
export default createGate({
  routes: new App()
    .get("/billing/*", { hooks }, origin({ to: "billing" }))
    .group("/orders", { origin: "orders", hooks }, (orders) => void orders.get("/*", {}, origin())),
  originMilliseconds: 20_000,
  downstream: downstream(),
  issuer: issuer(),
});
