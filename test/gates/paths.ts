import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** Every route forwards, so that the origin counts the allowed requests. */
export default createGate({
  routes: new App()
    .route({ method: "GET", path: "/open/*", public: true, handler: origin() })
    .route({ method: "GET", path: "/items/:id", middleware: [requireAuth("access_as_user")], handler: origin() })
    .route({ method: "GET", path: "/admin", middleware: [requireAuth("never.granted")], handler: origin() }),
});
