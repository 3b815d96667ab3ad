import { App, createGate, origin, requireAuth } from "../../../src/index.ts";

/** A gate whose unlisted requests meet the default requirement, which is weaker than that of its route. */
export default createGate({
  routes: new App().post("/admin/approve", { hooks: requireAuth("never.granted") }, origin()),
});
