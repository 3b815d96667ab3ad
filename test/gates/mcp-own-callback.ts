import { facade, mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** A facade with one listed client. Requests without a route reach the origin. */
export default createGate({
  routes: new App()
    .register(
      mcp(
        "/mcp",
        {
          name: "Orders",
          hooks: requireAuth("access_as_user"),
          authorizationServer: facade({
            clientId: "c11e0000-0000-4000-8000-000000000026",
            callback: "/oauth/callback",
            redirectUris: ["http://localhost/listed"],
            clients: { "https://listed.example/client.json": ["https://listed.example/callback"] },
          }),
        },
        () => new Response("hello"),
      ),
    )
    .get("/reports", { summary: "Read <all> reports", hooks: requireAuth("access_as_user") }, origin())
    .get("/public", { public: true }, origin()),
});
