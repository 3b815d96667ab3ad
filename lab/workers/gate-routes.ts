import * as z from "zod";
import { App, anyOf, createGate, requireAuth } from "../../src/index.ts";

const hooks = requireAuth("access_as_user");
const order = z.object({ customer: z.string(), lines: z.array(z.object({ item: z.string(), count: z.int() })) });
const ok = () => ({ status: 200, body: { ok: true } });

/** Routes in common forms. `hono-routes.ts` has the same without authentication. */
const routes = new App()
  .route({
    method: "GET",
    path: "/declared",
    hooks,
    responses: { 200: { description: "OK", body: z.object({ ok: z.boolean() }) } },
    handler: () => ({ status: 200, body: { ok: true } }),
  })
  .get(
    "/hooked",
    {
      middleware: [
        requireAuth("access_as_user"),
        { beforeHandle: (): undefined => undefined },
        {
          onSend(response: Response) {
            response.headers.set("x-served-by", "bench");
          },
        },
      ],
    },
    ok,
  )
  .get("/any", { hooks: anyOf(requireAuth({ anyRole: ["Orders.Read.All"] }), requireAuth("access_as_user")) }, ok)
  .get(
    "/search",
    { hooks, request: { query: z.object({ limit: z.coerce.number().int().max(100) }) } },
    ({ query }) => ({ status: 200, body: { limit: query.limit } }),
  )
  .post("/orders", { hooks, request: { body: order } }, ({ body }) => ({
    status: 200,
    body: { lines: body.lines.length },
  }));
routes.group("/v1", { hooks }, (group) => {
  group.get("/me", {}, ok);
});

export default createGate({ routes });
