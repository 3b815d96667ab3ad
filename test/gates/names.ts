import { type } from "arktype";
import * as v from "valibot";
import { z } from "zod";
import * as mini from "zod/mini";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

const limit = z.coerce.number().max(100).optional();
const short = z.string().max(5).optional();

/** A gate that validates forwarded queries, headers and forms with schemas that allow undeclared names. */
const routes = new App();
const middleware = [requireAuth("access_as_user")];
const queries = {
  zod: z.object({ limit, user_id: short, name: short, "filter[name]": short, "page[size]": short }),
  loose: z.looseObject({ limit, user_id: short, name: short, "filter[name]": short, "page[size]": short }),
  union: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("a"), limit, user_id: short }),
    z.object({ kind: z.literal("b") }),
  ]),
  mini: mini.object({
    limit: mini.optional(mini.string().check(mini.maxLength(3))),
    user_id: mini.optional(mini.string()),
  }),
  valibot: v.object({
    limit: v.optional(v.pipe(v.string(), v.maxLength(3))),
    user_id: v.optional(v.string()),
  }),
  arktype: type({ "limit?": "string <= 3", "user_id?": "string" }),
};
for (const [name, query] of Object.entries(queries)) {
  routes.get(`/${name}`, { middleware, request: { query } }, origin());
}
routes.get("/headers", { middleware, request: { headers: z.object({ "x-limit": limit }) } }, origin());
routes.get(
  "/required-headers",
  { middleware, request: { headers: z.object({ "x-limit": z.string(), "x-forwarded-user": z.never().optional() }) } },
  origin(),
);
routes.post(
  "/forms",
  {
    middleware,
    accepts: ["multipart/form-data", "application/x-www-form-urlencoded"],
    request: { body: z.object({ limit, note: short }) },
  },
  origin(),
);

export default createGate({ routes });
