import { createGate } from "./index.ts";
import { routes } from "./routes.ts";

// A request that matches no route gets 404, once its caller has authenticated.
export default createGate({ routes, unlisted: "reject" });
