import { App } from "./index.ts";

/**
 * The routes of your API: edit this file. Requests whose method and path match none of them meet the default
 * requirement (ENTRA_REQUIRED_SCOPE, ENTRA_REQUIRED_ROLE) and go to the origin, unless `src/worker.ts` says `unlisted: "reject"`.
 */
export const routes = new App({ title: "entra-gate", version: "1.0.0" });
