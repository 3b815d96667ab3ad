import type { App } from "./index.ts";

/**
 * The routes of your API: edit this file. Requests that match none of them meet the default requirement
 * (ENTRA_REQUIRED_SCOPE, ENTRA_REQUIRED_ROLE) and go to the origin.
 */
export function routes(_app: App): void {}
