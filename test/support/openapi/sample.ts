import { type } from "arktype";
import * as v from "valibot";
import * as z from "zod";
import { type App, anyOf, origin, requireAuth } from "../../../src/index.ts";

/** A schema that refers to itself, and names properties as keywords of JSON Schema are named. */
const Category = z.object({
  name: z.string().describe("As it is shown."),
  default: z.literal("#").optional(),
  get children() {
    return z.array(Category);
  },
});
const Line = z.object({ sku: z.string(), count: z.number().int().positive() });
const Order = z.object({ id: z.string(), state: z.enum(["open", "shipped"]), lines: z.array(Line) });
const Page = z.object({ page: z.coerce.number().int().optional(), tag: z.array(z.string()).optional() });
const Tagged = z.object({ "x-tag": z.string().optional().describe("Kept with the order."), accept: z.string() });

/** Declares 40 varied routes: three schema libraries, every method, every kind of access. */
export function declareSample(app: App): void {
  const read = requireAuth("access_as_user");
  const write = requireAuth({ scopes: ["access_as_user"], anyScope: ["orders.read", "orders.write"], kind: "user" });
  const daemon = anyOf(read, requireAuth({ anyRole: ["Orders.Read.All", "Orders.Admin"] }));

  for (const name of ["orders", "customers", "products", "invoices", "shipments"]) {
    app.group(`/${name}` as "/orders", { tags: [name] }, (group) => {
      const list = { 200: { description: "A page of them.", body: z.array(Order) } };
      const one = { 200: { body: Order, headers: { etag: { description: "Its version.", schema: z.string() } } } };
      const nothing = { 204: { description: "Gone." } };
      group.get("/", { hooks: daemon, request: { query: Page }, responses: list }, () => ({ status: 200, body: [] }));
      group.get("/:id", { hooks: read, summary: "One of them", responses: one }, ({ params }) => ({
        status: 200,
        body: { id: params.id, state: "open" as const, lines: [] },
        headers: { etag: '"1"' },
      }));
      group.post("/", { hooks: write, request: { body: Line, headers: Tagged } }, ({ body }) => ({
        status: 200,
        body,
      }));
      group.put("/:id", { hooks: write, request: { params: z.object({ id: z.string() }), body: Order } }, () => ({
        status: 204,
      }));
      group.patch("/:key", { hooks: write, request: { body: type({ state: "'open' | 'shipped'" }) } }, () => ({
        status: 204,
      }));
      group.delete(
        "/:id",
        { hooks: requireAuth({ anyRole: ["Orders.Admin"], kind: "user" }), responses: nothing },
        () => ({
          status: 204,
        }),
      );
    });
  }
  const category = { request: { body: Category }, responses: { 201: { body: Category } } };
  app.post("/categories", { hooks: read, ...category }, ({ body }) => ({ status: 201, body }));
  app.get("/status", { public: true, responses: { 200: { body: z.object({ up: z.boolean() }) } } }, () => ({
    status: 200,
    body: { up: true },
  }));
  app.head("/status", { public: true }, () => ({ status: 204 }));
  app.options("/status", { public: true }, () => ({ status: 204 }));
  app.post(
    "/notes",
    { public: true, accepts: ["text/plain", "application/x-www-form-urlencoded"], request: { body: v.any() } },
    () => ({ status: 204 }),
  );
  app.get("/dates/:day", { public: true, request: { params: z.object({ day: z.date() }) } }, () => ({ status: 204 }));
  const admin = requireAuth({ scopes: ["access_as_user"], anyRole: ["Orders.Admin"] });
  const legacy = { summary: "What went before", deprecated: true, description: "Ask **/orders**.", tags: ["legacy"] };
  app.get(
    "/legacy",
    { hooks: admin, ...legacy, responses: { 200: { body: z.object({ by: z.string() }) } } },
    (context) => ({
      status: 200,
      body: { by: context.state.principal.oid ?? "" },
    }),
  );
  app.get("/legacy/:from/to/:to", { hooks: read }, origin());
  app.get("/refusals", { hooks: read, responses: { 403: { body: z.object({ why: z.string() }) } } }, () => ({
    status: 403,
    body: { why: "No." },
  }));
  app.get("/files/*", { hooks: read }, origin());
}
