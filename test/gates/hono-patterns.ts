import { type Context, Hono, type MiddlewareHandler, type Next } from "hono";
import { bodyLimit } from "hono/body-limit";
import { upgradeWebSocket } from "hono/cloudflare-workers";
import { every, except, some } from "hono/combine";
import { compress } from "hono/compress";
import { etag } from "hono/etag";
import { logger } from "hono/logger";
import { methodOverride } from "hono/method-override";
import { poweredBy } from "hono/powered-by";
import { prettyJSON } from "hono/pretty-json";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { timing } from "hono/timing";
import { type EntraEnv, entra, passThrough, requireAuth } from "../../src/adapters/hono.ts";
import { requireAuth as requireOfGate } from "../../src/app/types/auth.ts";

type PatternApp = Hono<EntraEnv>;
type CreateGuard = () => MiddlewareHandler<EntraEnv>;

/** One row of the table in docs/how-to/protect-a-hono-app.md. */
export interface Pattern {
  /** Declares the routes. The test requests `/x`. */
  readonly build: (app: PatternApp) => void;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Status for allowed callers; 200 if absent. */
  readonly status?: number;
}

/** What has run since the last request for `/ran`. */
const ran: string[] = [];
const mark = (what: "answer" | "between") => void ran.push(what);

const answer = (c: Context) => {
  mark("answer");
  return c.text("in");
};
const quietly = () => {};
const listed = [
  compress(),
  etag(),
  logger(quietly),
  poweredBy({ serverName: "x" }),
  prettyJSON(),
  requestId({ generator: () => "x" }),
  secureHeaders({ xFrameOptions: "DENY" }),
  timing(),
].map(passThrough);
const answerOfTwo = (c: Context, _next: Next) => answer(c);
const serveStatic = (): MiddlewareHandler => async (c, next) => (c.req.path.endsWith("/x") ? answer(c) : next());
const between: MiddlewareHandler = async (_c, next) => {
  mark("between");
  await next();
};
const other = new Hono().all("*", answer);
const socket = upgradeWebSocket(() => {
  mark("answer");
  return {};
});
const upgrade = { Upgrade: "websocket" };
const readA = (app: PatternApp) => app.get("/x", requireAuth("a"), answer);

/**
 * The patterns, by the first cell of their row.
 *
 * @param entra creates the guard of an app
 */
const describePatterns = (entra: CreateGuard): Readonly<Record<string, Pattern>> => ({
  '`app.get("/x", handler)` before `entra()`': { build: (app) => app.get("/x", answer).use(entra()) },
  '`app.get("/x", requireAuth("a"), handler)`': { build: (app) => readA(app.use(entra())) },
  "the same, asked for with HEAD": { build: (app) => readA(app.use(entra())), method: "HEAD" },
  '`app.all("/x", requireAuth("a"), handler)`': {
    build: (app) => app.use(entra()).all("/x", requireAuth("a"), answer),
    method: "DELETE",
  },
  '`app.on("PURGE", "/x", requireAuth("a"), handler)`': {
    build: (app) => app.use(entra()).on("PURGE", "/x", requireAuth("a"), answer),
    method: "PURGE",
  },
  '`app.use("/x", requireAuth("a"))`, then `app.get("/x", requireAuth("b"), handler)`': {
    build: (app) => app.use(entra()).use("/x", requireAuth("a")).get("/x", requireAuth("b"), answer),
  },
  '`app.get("/x", requireAuth("a"), handler)`, then `app.use("/x/*", requireAuth("b"))`': {
    build: (app) => readA(app.use(entra())).use("/x/*", requireAuth("b")),
  },
  "the same, behind middleware of your own": {
    build: (app) => readA(app.use(entra(), between)).use("/x/*", requireAuth("b")),
  },
  '`app.get("/x", handler)`': { build: (app) => app.use(entra()).get("/x", answer) },
  "no route": { build: (app) => app.use(entra()), status: 404 },
  "`app.notFound(handler)`": { build: (app) => app.use(entra()).notFound(answer) },
  "`app.onError(handler)`, where what it handles needs `a`": {
    build: (app) => {
      app.use(entra()).onError((_, c) => answer(c));
      app.get("/x", requireAuth("a"), () => {
        throw new Error("failed");
      });
    },
  },
  '`app.route("/sub", sub)`, with `requireAuth("a")` on a route of `sub`': {
    build: (app) => app.use(entra()).route("/sub", readA(new Hono<EntraEnv>())),
    path: "/sub/x",
  },
  "the same, where `sub` has an `onError` of its own": {
    build: (app) =>
      app.use(entra()).route("/sub", readA(new Hono<EntraEnv>().onError((_, c) => c.text("failed", 500)))),
    path: "/sub/x",
  },
  '`app.use("/x", entra(…))`, a second one, then `requireAuth("a")`': {
    build: (app) => readA(app.use(entra()).use("/x", entra())),
  },
  '`passThrough(logger())`, then `requireAuth("a")`': {
    build: (app) => {
      for (const middleware of [entra(), ...listed]) app.use(middleware);
      readA(app);
    },
  },
  'middleware of Hono without `passThrough`, then `requireAuth("a")`': {
    build: (app) => readA(app.use(entra(), bodyLimit({ maxSize: 1_024 }))),
  },
  'middleware of your own, then `requireAuth("a")`': { build: (app) => readA(app.use(entra(), between)) },
  'middleware that sets `c.res` and calls `next`, then `requireAuth("a")`': {
    build: (app) => {
      app.use(entra(), async (c, next) => {
        c.res = c.text("set before");
        await next();
      });
      app.get("/x", requireAuth("a"), (c) => {
        c.res = undefined;
        c.res = answer(c);
        return c.res;
      });
    },
  },
  'a handler that takes `next` and answers, before a route with `requireAuth("a")`': {
    build: (app) => readA(app.use(entra()).get("/x", answerOfTwo)),
  },
  '`app.mount("/x", fetch)`, before a route with `requireAuth("a")`': {
    build: (app) => {
      app.use(entra()).mount("/x", other.fetch);
      readA(app);
    },
  },
  '`app.use("/x", serveStatic(…))`, before a route with `requireAuth("a")`': {
    build: (app) => readA(app.use(entra()).use("/x", serveStatic())),
  },
  '`app.get("/x", upgradeWebSocket(…))`, before a route with `requireAuth("a")`': {
    build: (app) => readA(app.use(entra()).get("/x", socket)),
    headers: upgrade,
    status: 101,
  },
  '`app.use("/x/*", requireAuth("a"))`, then `app.mount("/x", fetch)`': {
    build: (app) => app.use(entra()).use("/x/*", requireAuth("a")).mount("/x", other.fetch),
  },
  '`app.use("/x", requireAuth("a"))`, then `app.use("/x", serveStatic(…))`': {
    build: (app) => app.use(entra()).use("/x", requireAuth("a")).use("/x", serveStatic()),
  },
  '`app.get("/x", requireAuth("a"), upgradeWebSocket(…))`': {
    build: (app) => app.use(entra()).get("/x", requireAuth("a"), socket),
    headers: upgrade,
    status: 101,
  },
  '`some(requireAuth("a"))` of `hono/combine`': {
    build: (app) => app.use(entra()).get("/x", some(requireAuth("a")), answer),
  },
  '`every(requireAuth("a"))`': { build: (app) => app.use(entra()).get("/x", every(requireAuth("a")), answer) },
  '`except("/public", requireAuth("a"))`': {
    build: (app) => app.use(entra()).get("/x", except("/public", requireAuth("a")), answer),
  },
  '`every(entra(), …)`, then `requireAuth("a")`': { build: (app) => readA(app.use(every(entra()))) },
  '`every(entra(), serveStatic(…))`, before a route with `requireAuth("a")`': {
    build: (app) => readA(app.use(every(entra(), serveStatic()))),
  },
  '`methodOverride({ app })`, then `requireAuth("a")` on the route of that method': {
    build: (app) => {
      app.use(entra(), methodOverride({ app, header: "X-Override" }));
      app.delete("/x", requireAuth("a"), answer);
    },
    method: "POST",
    headers: { "X-Override": "DELETE" },
  },
  'an app behind `app.mount` that has `requireAuth("a")` and no `entra()`': {
    build: (app) => app.use(entra()).mount("/x", new Hono<EntraEnv>().get("/", requireAuth("a"), answer).fetch),
  },
  '`requireAuth("a")` without `entra()` before it': { build: (app) => readA(app).use(entra()) },
  '`app.get("/x", handler, requireAuth("a"))`': {
    build: (app) => app.use(entra()).get("/x", answer, requireAuth("a")),
  },
  '`app.get("/x", handler)`, then `app.use("/x", requireAuth("a"))` and no further route': {
    build: (app) => app.use(entra()).get("/x", answer).use("/x", requireAuth("a")),
  },
  '`requireAuth("a")` of `entra-gate`, which is not middleware': {
    build: (app) => app.use(entra()).get("/x", requireOfGate("a") as never, answer),
  },
});

export const patterns = describePatterns(entra);

/** Creates an app for each pattern. */
function createApps(entra: CreateGuard): readonly PatternApp[] {
  return Object.values(describePatterns(entra)).map(({ build }, index) => {
    const app = new Hono<EntraEnv>().basePath(`/${index}`) as PatternApp;
    build(app);
    return app;
  });
}

const apps = createApps(entra);

/** The first segment of the path is the number of the pattern; `/ran` returns what has run. */
export default {
  createApps,
  fetch(request: Request, env: object): Response | Promise<Response> {
    const [, index] = new URL(request.url).pathname.split("/");
    if (index === "ran") return Response.json(ran.splice(0));
    return apps[Number(index)]!.fetch(request, env);
  },
};
