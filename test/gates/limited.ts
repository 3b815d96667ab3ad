import { App, createGate, globalStore, rateLimit } from "../../src/index.ts";

export { GlobalLimiter } from "../../src/index.ts";

const limit = { windowMs: 600_000, max: 100, key: () => "everybody" };
const handler = () => ({ status: 200, body: { passed: true } });

/** 100 requests in ten minutes, by each counter, so that no slow machine sees a second window. RATE_LIMITER counts in place of the memory where it is bound. */
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
