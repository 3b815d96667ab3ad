import { App, createGate, origin, requireAuth } from "../../../src/index.ts";

/** Whatever is no route goes to the origin under the default requirement, which is weaker than the route's. */
export default createGate({
  routes: new App().post("/admin/approve", { hooks: requireAuth("never.granted") }, origin()),
});
