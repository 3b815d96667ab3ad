import { tracing } from "cloudflare:workers";
import { createApp } from "./hono.ts";

export default createApp(tracing);
