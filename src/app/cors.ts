import type { Hooks } from "./hooks.ts";

/** Answers a request under a CORS policy; `next` is not called for a preflight. */
export type AnswerWithCors = (
  request: Request,
  next: () => Response | Promise<Response>,
) => Response | Promise<Response>;

/** Of the hooks that `cors(…)` made: a gate without a policy has nothing of Hono's middleware in its bundle. */
const answers = new WeakMap<Hooks, AnswerWithCors>();

/** Keeps with hooks what answers for them in a gate. */
export function keepAnswer(hooks: Hooks, answer: AnswerWithCors): Hooks {
  answers.set(hooks, answer);
  return hooks;
}

/**
 * What answers under a policy. Without one, a preflight is answered without permission and nothing else changes.
 *
 * @throws TypeError where it is nothing that `cors(…)` returned
 */
export function findAnswer(policy: Hooks | undefined): AnswerWithCors {
  if (policy === undefined) {
    return (request, next) => (isPreflight(request) ? new Response(null, { status: 204 }) : next());
  }
  const answer = answers.get(policy);
  if (answer === undefined) throw new TypeError('createGate: cors must be cors({ origin: "https://app.contoso.com" })');
  return answer;
}

/** Whether a request is a browser's question before a cross-origin request (Fetch Standard, "CORS-preflight request"). */
export function isPreflight(request: Request): boolean {
  return (
    request.method === "OPTIONS" &&
    request.headers.has("origin") &&
    request.headers.has("access-control-request-method")
  );
}
