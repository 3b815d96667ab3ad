import * as z from "zod";
import { App } from "../../src/index.ts";

const request = { query: z.object({ limit: z.coerce.number().int().max(100) }) };

const app = new App();
app.get("/search", { public: true, request }, ({ query }) => ({ status: 200, body: { limit: query.limit } }));

export default app;
