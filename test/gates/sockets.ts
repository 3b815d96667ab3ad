import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** A gate whose WebSockets end with their tokens. */
const middleware = [requireAuth("access_as_user")] as const;
export default createGate({
  routes: new App().get("/ws", { middleware }, origin({ closeWebSocketAtExpiry: true })),
});
