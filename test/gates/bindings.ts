import { App, createGate, globalStore, rateLimit } from "../../src/index.ts";

export { GlobalLimiter } from "../../src/index.ts";

interface Bindings {
  readonly TOKEN_CACHE: KVNamespace;
  readonly ENTRA_CLIENT_SECRET: SecretsStoreSecret;
  readonly DECISIONS: AnalyticsEngineDataset;
}

const twice = { windowMs: 600_000, max: 2, key: () => "everybody" };
const passed = () => ({ status: 200, body: {} });
const open = { method: "GET", public: true } as const;

/** A route for each optional binding of docs/how-to/deploy.md that a route can use. Other requests go to the origin. */
export default createGate({
  routes: new App()
    .route({ ...open, path: "/rate-limiter", hooks: [rateLimit(twice)], handler: passed })
    .route({ ...open, path: "/global", hooks: [rateLimit({ ...twice, store: globalStore("test") })], handler: passed })
    .route({
      ...open,
      path: "/token-cache",
      async handler({ env }) {
        const { TOKEN_CACHE } = env as Bindings;
        await TOKEN_CACHE.put("key", "value");
        return { status: 200, body: { text: await TOKEN_CACHE.get("key") } };
      },
    })
    .route({
      ...open,
      path: "/decisions",
      handler({ env }) {
        (env as Bindings).DECISIONS.writeDataPoint({ indexes: ["index"], blobs: ["blob"], doubles: [1] });
        return { status: 200, body: {} };
      },
    })
    .route({
      ...open,
      path: "/secrets-store",
      handler: async ({ env }) => ({ status: 200, body: { text: await (env as Bindings).ENTRA_CLIENT_SECRET.get() } }),
    }),
});
