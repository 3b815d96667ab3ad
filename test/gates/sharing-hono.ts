import { Hono, type MiddlewareHandler } from "hono";
import { etag } from "hono/etag";
import { streamText } from "hono/streaming";
import { type EntraEnv, entra, passThrough, requireAuth } from "../../src/adapters/hono.ts";
import { keep, share, shareLate, sharing } from "../support/sharing.ts";

const guard = requireAuth("access_as_user");

const shareAfter: MiddlewareHandler = async (c, next) => {
  await next();
  share(c.res);
};

/**
 * Creates a Hono app whose routes and middleware allow shared caches, in every way, to store the response for one
 * caller.
 */
export function createSharingHono(protect = entra()): Hono<EntraEnv> {
  const app = new Hono<EntraEnv>();
  app.use(protect);
  app.use("/middleware", shareAfter);
  app.use("/header-after", async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(sharing)) c.header(name, value);
  });
  app.use("/header-before", async (c, next) => {
    for (const [name, value] of Object.entries(sharing)) c.header(name, value);
    await next();
  });
  app.use("/replaced", async (c, next) => {
    await next();
    c.res = keep(new Response("replaced", { headers: sharing }));
  });
  app.use("/early", async () => new Response("early", { headers: sharing }));
  app.use("/thrown", async () => {
    throw new Error("unforeseen");
  });
  app.use("/passed", passThrough(shareAfter));
  app.use("/not-modified", passThrough(etag()));
  app.get("/data", guard, (c) => c.json({}, 200, sharing));
  app.get("/response", guard, () => new Response("ok", { headers: sharing }));
  app.get("/response-late", guard, () => keep(new Response("ok", { headers: sharing })));
  app.get("/headers-late", guard, () => {
    const headers = new Headers(sharing);
    void shareLate({ headers });
    return new Response("ok", { headers });
  });
  for (const path of ["/middleware", "/header-after", "/header-before", "/replaced"]) {
    app.get(path, guard, (c) => c.text("ok"));
  }
  app.get("/stream", guard, (c) => {
    for (const [name, value] of Object.entries(sharing)) c.header(name, value);
    return streamText(c, async (stream) => {
      share(c.res);
      await stream.write("1");
    });
  });
  app.get("/redirect", guard, (c) => c.redirect("/data"));
  app.get("/redirect-immutable", guard, () => Response.redirect("https://api.contoso.example/"));
  app.get("/not-modified", guard, (c) => c.body("ok", 200, { etag: '"a"' }));
  for (const path of ["/refused", "/passed"]) app.get(path, requireAuth("orders.write"), (c) => c.text("ok"));
  app.get("/error", guard, () => {
    throw new Error("unforeseen");
  });
  app.onError((_error, c) => c.text("handled", 500, sharing));
  app.notFound((c) => c.text("nothing", 404, sharing));
  return app;
}

export default createSharingHono();
