import { App, createGate, requireAuth } from "../../../src/index.ts";

/** Nothing goes to the origin, but in report mode what matches no route. */
export default createGate({
  unlisted: "reject",
  routes: new App().get("/admin/approve", { hooks: requireAuth("access_as_user") }, () => ({ status: 204 })),
});
