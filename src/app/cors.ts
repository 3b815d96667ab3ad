import type { Hooks } from "./hooks.ts";

/** Answers a request under a CORS policy; `next` is not called for a preflight. */
export type AnswerWithCors = (
  request: Request,
  next: () => Response | Promise<Response>,
) => Response | Promise<Response>;

/**
 * By the hooks that `cors(…)` made, and by their `preBody`, which is still there where a bundle was copied. A gate without a
 * policy has nothing of Hono's middleware in its bundle.
 */
const answers = new WeakMap<object, AnswerWithCors>();

/** Keeps with hooks what answers for them. */
export function keepAnswer(hooks: Hooks, answer: AnswerWithCors): Hooks {
  answers.set(hooks, answer);
  if (hooks.preBody !== undefined) answers.set(hooks.preBody, answer);
  return hooks;
}

/**
 * What answers under a policy. Without one, a preflight is answered without permission and nothing else changes.
 *
 * @throws TypeError where it is nothing that `cors(…)` returned
 */
export function findAnswer(policy: Hooks | undefined): AnswerWithCors {
  if (policy === undefined) return (request, next) => (isPreflight(request) ? withoutPermission() : next());
  const answer = answers.get(policy);
  if (answer === undefined) throw new TypeError('createGate: cors must be cors({ origin: "https://app.contoso.com" })');
  return answer;
}

/**
 * Finds the policy that answers the preflights of a route. No other hook runs for them: a browser asks without credentials
 * (Fetch Standard, "CORS-preflight fetch"), so a hook behind a guard would run for anybody.
 *
 * @param layers hooks of the route, the outermost first
 * @returns the first policy that `cors(…)` made; `undefined` if there is none
 */
export function findPolicy(layers: readonly Hooks[]): AnswerWithCors | undefined {
  return layers.map(({ preBody }) => preBody && answers.get(preBody)).find((answer) => answer !== undefined);
}

/** Answers a preflight under a policy; without one it gets no permission. */
export function answerPreflight(request: Request, policy: AnswerWithCors | undefined): Response | Promise<Response> {
  return policy === undefined ? withoutPermission() : policy(request, withoutPermission);
}

function withoutPermission(): Response {
  return new Response(null, { status: 204 });
}

/** Whether a request is a browser's question before a cross-origin request (Fetch Standard, "CORS-preflight request"). */
export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}
