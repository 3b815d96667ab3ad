import { App, createGate, globalStore, rateLimit } from "../../src/index.ts";

export { GlobalLimiter } from "../../src/index.ts";

const limit = { windowMs: 600_000, max: 100, key: () => "everybody" };
const handler = () => ({ status: 200, body: { passed: true } });

/**
 * 100 requests in ten minutes with each counter, so that a slow machine sees no second window. RATE_LIMITER replaces
 * memory if it is bound.
 */
export default createGate({
  routes: new App()
    .route({
      method: "GET",
      path: "/global",
      public: true,
      hooks: [rateLimit({ ...limit, store: globalStore("test") })],
      handler,
    })
    .route({ method: "GET", path: "/local", public: true, hooks: [rateLimit(limit)], handler }),
});
