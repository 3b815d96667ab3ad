import process from "node:process";
import { Hono } from "hono";
import { type EntraEnv, entra, requireAuth } from "../../../src/adapters/hono.ts";

const { TENANT = "", AUDIENCE = "", AUTHORITY = "", URLS = "" } = process.env;

/** The same with the configuration in code. */
const app = new Hono<EntraEnv>();
app.use(
  entra({
    ENTRA_TENANT_ID: TENANT,
    ENTRA_API_AUDIENCE: AUDIENCE,
    ENTRA_AUTHORITY: AUTHORITY,
    GATE_URL: URLS,
    GATE_TLS_PROXY: "true",
    GATE_LOG_SUBJECT: "plain",
  }),
);
app.get("/orders", requireAuth("access_as_user"), (c) => c.json({ url: c.req.url }));

export default app;
