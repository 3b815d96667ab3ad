import { withDeadline } from "../io.ts";
import type { Requirement } from "../policy/requirement.ts";
import { checkAnswer, type Handler, writeAnswer } from "./answer.ts";
import type { BodyRules } from "./body.ts";
import { Context } from "./context.ts";
import { holdToContract } from "./contract.ts";
import { answerError } from "./error-answer.ts";
import { InternalError, RequestTimeoutError } from "./errors.ts";
import type { Exchange } from "./exchange.ts";
import { finish } from "./finish.ts";
import { type Hooks, pickHooks } from "./hooks.ts";
import type { RequestSchemas, ResponsesMap } from "./types.ts";
import { validateRequest } from "./validate.ts";

/** A step before the body: a hook, or the guard at its place among them. */
export type Step = NonNullable<Hooks["preBody"]> | { readonly guard: Requirement | undefined };

/** What a pipeline is made of. */
export interface PipelineParts {
  /** Hooks, the outermost first. */
  readonly layers: readonly Hooks[];
  readonly steps: readonly Step[];
  /** `undefined` forwards. */
  readonly handler: Handler | undefined;
  /** Scopes of the token that the origin gets in place of the caller's, where it is forwarded. */
  readonly ownScopes: readonly string[] | undefined;
  readonly path: string | undefined;
  readonly decorations: object | undefined;
  readonly request: RequestSchemas | undefined;
  readonly responses: ResponsesMap | undefined;
  /** Whether a Response may stand in for a declared answer, which nobody can then check. */
  readonly opaque: boolean;
  readonly bodyRules: BodyRules;
}

/**
 * Compiles the way through a route that has hooks, schemas or decorations.
 *
 * @returns answers an exchange; never rejects
 */
export function createPipeline(parts: PipelineParts): (exchange: Exchange) => Promise<Response> {
  const {
    layers,
    steps,
    handler,
    ownScopes,
    path,
    decorations,
    request: schemas,
    responses,
    opaque,
    bodyRules,
  } = parts;
  const onRequest = pickHooks(layers, "onRequest");
  const beforeHandle = pickHooks(layers, "beforeHandle");
  const afterHandle = pickHooks(layers, "afterHandle");
  const onError = pickHooks(layers, "onError");
  const limits = layers.flatMap(({ handlerMilliseconds }) => handlerMilliseconds ?? []);
  const timeLimitMs = limits.length > 0 ? Math.min(...limits) : undefined;
  const finishWith = finish(pickHooks(layers, "onSend"), pickHooks(layers, "onResponse"));

  async function produce(context: Context): Promise<Response> {
    const { exchange } = context;
    for (const hook of onRequest) await hook(exchange.request);
    for (const step of steps) {
      const early = typeof step === "function" ? await step(context) : await passGuard(context, step.guard);
      if (early !== undefined) return typeof step === "function" ? checkEarly(early) : early;
    }
    if (schemas !== undefined) await validateRequest(context, schemas, bodyRules);
    for (const hook of beforeHandle) {
      const early = await hook(context);
      if (early !== undefined) return checkEarly(early);
    }
    return respond(await handle(context));
  }

  async function passGuard({ exchange, state }: Context, requirement: Requirement | undefined) {
    const refusal = await exchange.guard(requirement);
    const { principal, downstream } = exchange;
    if (refusal === undefined && principal !== undefined) {
      Object.assign(state, { principal }, downstream?.stateOf(exchange));
    }
    return refusal;
  }

  /** A hook may refuse as it likes; in a handler's place it must not slip past the contract. */
  function checkEarly(early: unknown): Response {
    if (!(early instanceof Response)) throw new InternalError("a hook must return a Response or nothing");
    if (responses !== undefined && !opaque && early.status < 400) throw refuseOpaque();
    return early;
  }

  async function handle(context: Context): Promise<unknown> {
    let result = await inTime(context.exchange, async () =>
      handler === undefined ? context.exchange.forward(ownScopes) : handler(context as never),
    );
    for (const hook of afterHandle) {
      const replaced = await hook(context, result);
      if (replaced !== undefined) result = replaced;
    }
    return result;
  }

  async function inTime(exchange: Exchange, work: () => Promise<unknown>): Promise<unknown> {
    if (timeLimitMs === undefined) return work();
    const settled = await withDeadline(
      exchange.io,
      timeLimitMs,
      work().then((value) => ({ value })),
    );
    if (settled === undefined) throw new RequestTimeoutError(timeLimitMs);
    return settled.value;
  }

  async function respond(result: unknown): Promise<Response> {
    const answer = checkAnswer(result);
    if (responses === undefined) return writeAnswer(answer);
    if (!(answer instanceof Response)) return writeAnswer(await holdToContract(answer, responses));
    // An origin's answer is its own: it is streamed, and nobody reads it here.
    if (!opaque && handler !== undefined) throw refuseOpaque();
    return answer;
  }

  async function recover(error: unknown, context: Context): Promise<Response> {
    try {
      for (const hook of onError) {
        const handled = await hook(error, context);
        if (handled instanceof Response) return handled;
      }
    } catch (failure) {
      return answerError(failure, context.exchange);
    }
    return answerError(error, context.exchange);
  }

  return async (exchange) => {
    const context = new Context(exchange, path, decorations);
    const response = await produce(context).catch((error) => recover(error, context));
    return finishWith(response, context);
  };
}

function refuseOpaque(): InternalError {
  return new InternalError(
    "a Response cannot be held to declared responses: acknowledgeNoResponseBodySchema allows it",
  );
}
