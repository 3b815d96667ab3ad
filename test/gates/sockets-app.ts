import { App, entraPlugin, origin, requireAuth } from "../../src/index.ts";

/** An App that serves itself, whose WebSockets end with their tokens. */
const app = new App({ title: "Sockets", version: "1.0.0" });
app.register(entraPlugin);
app.get("/ws", { middleware: [requireAuth("access_as_user")] }, origin({ closeWebSocketAtExpiry: true }));

export default app;
