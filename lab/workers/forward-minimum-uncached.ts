import { createMinimum } from "./forward-minimum.ts";

/** The same, with the option that keeps Cloudflare from caching the origin's response to one caller. */
export default createMinimum({ cf: { cacheTtl: -1, cacheLevel: "bypass" } });
