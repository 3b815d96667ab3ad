import { z } from "zod";
import { clients } from "../../entra/directory/clients.ts";
import { App, authorities, createEntraPlugin, docs, openapi, requireAuth, secureHeaders } from "../../src/index.ts";

/** A documented app with an operation of each kind. All scopes are registered, because sign-in requests all of them. */
const app = new App({ title: "Orders", version: "1.2.3", description: "Orders of **Contoso**." });
app.use(secureHeaders());
app.register(createEntraPlugin(undefined, { authorities: authorities("customers") }));
app.register(openapi({ public: true }));
const { clientId } = clients.spa;
app.register(docs({ clientId: { default: clientId, customers: clientId }, public: true }));

const order = z.object({
  id: z.string(),
  state: z.enum(["open", "shipped"]),
  lines: z.array(z.object({ sku: z.string() })),
});
const responses = { 200: { description: "An order.", body: order } };
const read = requireAuth("orders.read");
const answer = () => ({ status: 200 as const, body: { id: "1", state: "open" as const, lines: [] } });
const orders = { hooks: read, tags: ["orders"], responses } as const;

app.get("/orders/:id", { ...orders, summary: "Read an order" }, answer);
app.put("/orders/:id", { ...orders, summary: "Replace an order", request: { body: order } }, answer);
app.patch("/orders/:id", { ...orders, summary: "Change an order", request: { body: order.partial() } }, answer);
app.delete("/orders/:id", { ...orders, summary: "Delete an order" }, answer);
app.post("/orders", { ...orders, summary: "Create an order", request: { body: order } }, answer);
app.get(
  "/legacy",
  {
    hooks: requireAuth({ scopes: ["access_as_user"], roles: ["Orders.Admin"] }),
    operationId: "getLegacy",
    tags: ["legacy"],
    deprecated: true,
    summary: "What went before",
    responses: { 200: { description: "Who called.", body: z.object({ by: z.string() }) } },
  },
  ({ state }) => ({ status: 200, body: { by: state.principal.oid ?? "" } }),
);

app.get(
  "/mine",
  {
    hooks: requireAuth({ scopes: ["access_as_user"], from: ["customers"] }),
    operationId: "getMine",
    tags: ["legacy"],
    summary: "Orders of a customer",
    responses: { 200: { description: "Whose they are.", body: z.object({ of: z.string() }) } },
  },
  ({ state }) => ({ status: 200, body: { of: state.principal.authority } }),
);

export default app;
