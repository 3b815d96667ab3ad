import { downstream } from "../../src/downstream/downstream.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";
import { issuer } from "../../src/issuer/issuer.ts";

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
