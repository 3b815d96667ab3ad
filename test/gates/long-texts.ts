import { z } from "zod";
import { facade, mcp } from "../../src/extensions/mcp/mcp.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const hooks = requireAuth("access_as_user");

/** A gate that reads forms, addresses of resources and anonymous requests, and forwards the caller's name. */
export default createGate({
  routes: new App()
    .get("/orders", { hooks }, origin())
    .post("/orders", { hooks, accepts: ["multipart/form-data"], request: { body: z.object({}) } }, origin())
    .register(
      mcp(
        "/mcp",
        {
          hooks,
          resources: { "https://api.example/secret": hooks, "*": hooks },
          authorizationServer: facade({
            clientId: "c11e0000-0000-4000-8000-000000000026",
            callback: "/oauth/callback",
            redirectUris: ["http://localhost/callback"],
          }),
        },
        () => new Response(),
      ),
    ),
});
