import { createGate } from "./index.ts";
import { routes } from "./routes.ts";

/** The class of the binding GLOBAL_LIMITER in wrangler.toml. Without the binding it is never instantiated. */
export { GlobalLimiter } from "./index.ts";

export default createGate({ routes });
