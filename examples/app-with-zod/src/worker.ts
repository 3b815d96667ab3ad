// An App in the style of DaloyJS: zod validates requests and responses, and /openapi.json describes both.
import { App, createGate, openapi, requireAuth } from "entra-gate";
import { z } from "zod";

const Order = z.object({ id: z.string(), quantity: z.number().int().positive() });

const routes = new App({ title: "Orders", version: "1.0.0" });
routes.register(openapi({ public: true }));
routes.route({
  method: "PUT",
  path: "/orders/:id",
  hooks: requireAuth("orders.write"),
  request: { params: z.object({ id: z.string() }), body: Order.omit({ id: true }) },
  responses: { 200: { description: "The order", body: Order } },
  handler: ({ params, body }) => ({ status: 200, body: { id: params.id, ...body } }),
});

export default createGate({ routes, unlisted: "reject" });
