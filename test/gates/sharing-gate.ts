import { App, cors, createGate } from "../../src/index.ts";
import { declareSharingRoutes, shareByPolicy } from "./sharing-routes.ts";

const policy = cors({ origin: "https://app.contoso.example" });

export default createGate({
  routes: declareSharingRoutes(new App()),
  cors: {
    cors: (request, response) =>
      request.url.endsWith("/plain/policy") ? shareByPolicy(request, response) : policy.cors(request, response),
  },
});
