import { App, createGate, requireAuth } from "../../../src/index.ts";

/** A gate that forwards nothing, except unlisted requests in report mode. */
export default createGate({
  unlisted: "reject",
  routes: new App().get("/admin/approve", { hooks: requireAuth("access_as_user") }, () => ({ status: 204 })),
});
