import fc from "fast-check";
import { beforeAll, expect, it } from "vitest";
import { App, type CorsHook, cors, type Hooks, HttpError, origin, requireAuth } from "../../src/index.ts";
import { createAppWorld } from "../support/app-world.ts";
import { bearer, createGateWorld } from "../support/gate-world.ts";
import type { Question } from "../support/isolate-world.ts";
import { tries } from "../support/property.ts";

type Values = Readonly<Record<string, string>>;

/** What a hook or a handler does. */
interface Action {
  readonly does: "pass" | "throw" | "refuse" | "answer" | "set" | "change" | "change late" | "forget";
  readonly status: number;
  readonly values: Values;
  readonly isAsync: boolean;
}

const values: fc.Arbitrary<Values> = fc.record(
  {
    "cache-control": fc.constantFrom(
      "public",
      "public, s-maxage=600",
      "Public , max-age=600",
      "s-maxage=600",
      "max-age=600, must-revalidate",
      "no-cache",
      "no-store",
      "must-understand, no-store",
      "private",
      'private="x, public, y"',
      'x="unbalanced, public',
      "",
    ),
    "cdn-cache-control": fc.constant("max-age=600"),
    "surrogate-control": fc.constant("max-age=600"),
    expires: fc.constant("Thu, 01 Jan 2099 00:00:00 GMT"),
    vary: fc.constantFrom("Accept", "*"),
  },
  { requiredKeys: [] },
);

const status = fc.constantFrom(200, 203, 204, 301, 304, 404, 500);
/** Most pass, so that what one of them does often reaches the last step. */
function actionOf(...others: readonly Action["does"][]): fc.Arbitrary<Action> {
  const does = fc.oneof(
    { weight: 4, arbitrary: fc.constant("pass" as const) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
  return fc.record({ does, status, values, isAsync: fc.boolean() });
}

const bundle = fc.record({
  onRequest: actionOf("throw", "refuse", "forget"),
  preBody: actionOf("throw", "refuse", "answer", "set", "forget"),
  beforeHandle: actionOf("throw", "refuse", "answer", "set"),
  afterHandle: actionOf("throw", "answer", "change", "change late"),
  onError: actionOf("throw", "answer"),
  onSend: actionOf("throw", "refuse", "answer", "set", "change", "change late"),
  onResponse: actionOf("throw", "change", "change late"),
});

type Bundle = typeof bundle extends fc.Arbitrary<infer Value> ? Value : never;

const plan = fc.record({
  isGate: fc.boolean(),
  policy: fc.option(actionOf("throw", "answer", "change", "change late")),
  outside: bundle,
  inside: bundle,
  handler: actionOf("throw", "refuse", "answer"),
  ofOrigin: fc.record({ status, values }),
  method: fc.constantFrom("GET", "GET", "HEAD", "POST", "OPTIONS"),
  path: fc.constantFrom(
    ...["/open", "/open-origin", "/guarded", "/guarded-origin", "/admin", "/nowhere", "/a%2fb"],
    "/.well-known/oauth-protected-resource",
  ),
  credential: fc.constantFrom("good", "good", "Bearer nonsense", "Basic eDp5", ""),
});

const answer = ({ status, values }: Pick<Action, "status" | "values">) =>
  new Response([204, 304].includes(status) ? null : "of the app", { status, headers: values });

function change(target: unknown, changed: Values): void {
  if (!(target instanceof Headers)) return;
  for (const [name, value] of Object.entries(changed)) target.set(name, value);
}

/** Does what an action says. */
function perform<Result>(action: Action, request: Request, target?: { readonly headers: Headers }): Result {
  const { does, status, values, isAsync } = action;
  const act = () => {
    if (does === "throw") throw new Error("unforeseen");
    if (does === "refuse") throw new HttpError(Math.max(status, 400), { title: "Refused" }, values);
    if (does === "forget") request.headers.delete("authorization");
    if (does === "set" || does === "change") change(target?.headers, values);
    if (does === "change late") void Promise.resolve().then(() => change(target?.headers, values));
    return does === "answer" ? answer(action) : undefined;
  };
  return (isAsync ? Promise.resolve().then(act) : act()) as Result;
}

/** Creates hooks, except those that pass: some responses then reach the last step untouched. */
function hooksOf(actions: Bundle): readonly Hooks[] {
  const { onRequest, preBody, beforeHandle, afterHandle, onError, onSend, onResponse } = actions;
  const hooks: Hooks = {
    onRequest: (request) => perform(onRequest, request),
    preBody: (context) => perform(preBody, context.request, preBody.does === "set" ? context.set : undefined),
    beforeHandle: (context) =>
      perform(beforeHandle, context.request, beforeHandle.does === "set" ? context.set : undefined),
    afterHandle: ({ request }, result) => perform(afterHandle, request, result as Response),
    onError: (_error, { request }) => perform(onError, request),
    onSend: (response, context) => perform(onSend, context.request, onSend.does === "set" ? context.set : response),
    onResponse: (response, { request }) => perform(onResponse, request, response),
  };
  return Object.entries(hooks).flatMap(([name, hook]) =>
    actions[name as keyof Bundle].does === "pass" ? [] : [{ [name]: hook }],
  );
}

type Plan = typeof plan extends fc.Arbitrary<infer Value> ? Value : never;

/** A CORS policy of the app; that of this package if it passes. */
function policyOf(action: Action | null): CorsHook | undefined {
  if (action === null) return undefined;
  if (action.does === "pass") return cors({ origin: "https://app.contoso.example" });
  return {
    async cors(request, response = new Response(null, { status: 204 })) {
      return (await perform<Response | undefined>(action, request, response)) ?? response;
    },
  };
}

const guard = requireAuth("access_as_user");

function declare(app: App, { outside, inside, handler, policy, isGate }: Plan): App {
  const handle = ({ request }: { readonly request: Request }) =>
    perform<Response | undefined>(handler, request) ?? { status: 200, body: {}, headers: handler.values };
  const [first, last] = [hooksOf(outside), hooksOf(inside)];
  const open = { public: true as const, ...(last.length > 0 && { hooks: last }) };
  const cors = policyOf(policy);
  if (cors !== undefined && !isGate) app.use(cors);
  for (const hooks of first) app.use(hooks);
  for (const [suffix, served] of [
    ["", handle],
    ["-origin", origin()],
  ] as const) {
    app.get(`/open${suffix}`, open, served as typeof handle);
    app.get(`/guarded${suffix}`, { hooks: [guard, ...last] }, served as typeof handle);
  }
  return app.post("/open", open, handle).get("/admin", { hooks: [...last, requireAuth("never")] }, handle);
}

let token: string;
beforeAll(async () => {
  token = await bearer();
});

async function ask(planned: Plan): Promise<Response> {
  const { isGate, policy, method, path, credential, ofOrigin } = planned;
  const good = isGate ? token : "User access_as_user";
  const headers = { origin: "https://app.contoso.example", "access-control-request-method": "GET" };
  const question: Question = { method, headers, token: credential === "good" ? good : credential };
  const answerOfOrigin = () => answer(ofOrigin);
  let response: Response;
  if (isGate) {
    const world = createGateWorld({
      routes: declare(new App(), planned),
      unlisted: "reject",
      ...(policy !== null && { cors: policyOf(policy) as CorsHook }),
    });
    world.answerWith(answerOfOrigin);
    response = await world.ask(path, question);
  } else {
    const world = createAppWorld((app) => void declare(app, planned));
    world.io.setFetch(answerOfOrigin);
    response = await world.ask(path, question);
  }
  // A platform can read the headers later than this.
  await new Promise((resolve) => setTimeout(resolve));
  return response;
}

/** Names of the directives of Cache-Control (RFC 9111 section 5.2). */
function readDirectives(headers: Headers): readonly string[] {
  const text = headers.get("cache-control") ?? "";
  const directives = text.match(/(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return directives.map((directive) => directive.trim().toLowerCase());
}

/** Whether some shared cache stores a response, or replaces the headers of one that it has stored. */
function isStorable({ status, headers }: Response): boolean {
  const directives = readDirectives(headers);
  if (headers.has("cdn-cache-control") || headers.has("surrogate-control")) return true;
  if (status === 304) return directives.some((directive) => /^(?:public|s-maxage)/.test(directive));
  return (
    !directives.includes("private") && (!directives.includes("no-store") || directives.includes("must-understand"))
  );
}

it("no shared cache stores the response to a request with a credential, except what a public route calls public", {
  tags: "private-responses",
}, async () => {
  const counts = { shared: 0, private: 0 };
  await fc.assert(
    fc.asyncProperty(plan, async (planned) => {
      const response = await ask(planned);
      const mayShare = planned.path.startsWith("/open") && readDirectives(response.headers).includes("public");
      if (mayShare) counts.shared += 1;
      else counts.private += 1;
      expect(!mayShare && isStorable(response)).toBe(false);
    }),
    tries(500),
  );
  expect(counts.shared).toBeGreaterThan(5);
  expect(counts.private).toBeGreaterThan(100);
});
