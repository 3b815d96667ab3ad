import * as z from "zod";
import { App, createGate, requireAuth } from "../../src/index.ts";

const request = { query: z.object({ limit: z.coerce.number().int().max(100) }) };

const routes = new App();
routes.get("/search", { hooks: requireAuth("access_as_user"), request }, ({ query }) => ({
  status: 200,
  body: { limit: query.limit },
}));

/** A gate whose routes have schemas. */
export default createGate({ routes });
