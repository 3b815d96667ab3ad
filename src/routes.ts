import { App } from "./index.ts";

/**
 * The routes of your API. Edit this file. A request that matches no route must meet the default requirement
 * (ENTRA_REQUIRED_SCOPE, ENTRA_REQUIRED_ROLE), and the gate forwards it to the origin. To reject it, set `unlisted:
 * "reject"` in `src/worker.ts`.
 */
export const routes = new App({ title: "entra-gate", version: "1.0.0" });
