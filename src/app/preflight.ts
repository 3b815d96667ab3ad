import { createPipeline, type PipelineParts } from "./pipeline.ts";
import type { AnswerExchange } from "./route.ts";

/**
 * Compiles the answer to a browser's question before a request: the `preBody` hooks, of which `cors` is one, without the
 * guards, because browsers ask without credentials. Where no hook answers, nothing is permitted.
 *
 * @param parts of the route that the request would go to
 * @returns `undefined` where there is no hook to ask
 */
export function createPreflight(parts: PipelineParts): AnswerExchange | undefined {
  const steps = parts.steps.filter((step) => typeof step === "function");
  if (steps.length === 0) return undefined;
  const layers = parts.layers.map(({ onRequest, onError, onSend, onResponse }) => ({
    ...(onRequest && { onRequest }),
    ...(onError && { onError }),
    ...(onSend && { onSend }),
    ...(onResponse && { onResponse }),
  }));
  const handler = () => new Response(null, { status: 204 });
  return createPipeline({ ...parts, layers, steps, handler, request: undefined, responses: undefined });
}
