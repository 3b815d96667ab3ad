import { App, createGate, openapi, rateLimit } from "../../../src/index.ts";

const limit = rateLimit({ windowMs: 600_000, max: 3 });

/** A gate that forwards all other requests. */
export default createGate({
  routes: new App({ title: "Orders", version: "1.0.0" })
    .register(openapi({ public: true }))
    .get("/limited", { public: true, hooks: limit }, () => ({ status: 204 })),
});
