import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** The same WebSocket on two routes: passed on unchanged, and closed when the token expires. */
const options = { hooks: requireAuth("access_as_user") } as const;

export default createGate({
  routes: new App()
    .get("/handed-on", options, origin())
    .get("/closed-at-expiry", options, origin({ closeWebSocketAtExpiry: true })),
});
