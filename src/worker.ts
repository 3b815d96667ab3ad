import { createGate } from "./index.ts";
import { routes } from "./routes.ts";

/** For a binding GLOBAL_LIMITER in wrangler.toml; without one it is never made. */
export { GlobalLimiter } from "./index.ts";

export default createGate({ routes });
