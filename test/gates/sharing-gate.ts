import { App, cors, createGate } from "../../src/index.ts";
import { declareSharingRoutes } from "./sharing-routes.ts";

export default createGate({
  routes: declareSharingRoutes(new App()),
  cors: cors({ origin: "https://app.contoso.example" }),
});
