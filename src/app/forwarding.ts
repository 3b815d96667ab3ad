import type { Requirement } from "../policy/requirement.ts";
import type { Exchange } from "./exchange.ts";
import type { AnswerExchange } from "./route.ts";

/** Lets the caller in, then goes on; a public route goes on at once. */
export function afterGuard(
  exchange: Exchange,
  guarded: { readonly requirement: Requirement | undefined } | undefined,
  next: AnswerExchange,
): Response | Promise<Response> {
  if (guarded === undefined) return next(exchange);
  const refusal = exchange.guard(guarded.requirement);
  return refusal instanceof Promise
    ? refusal.then((settled) => settled ?? next(exchange))
    : (refusal ?? next(exchange));
}

/**
 * Answers by forwarding, under one requirement or none.
 *
 * @param ownScopes of the token that the origin gets in place of the caller's
 */
export function createForwarding(
  guarded: { readonly requirement: Requirement | undefined } | undefined,
  ownScopes: readonly string[] | undefined,
): AnswerExchange {
  return (exchange) => afterGuard(exchange, guarded, (admitted) => admitted.forward(ownScopes));
}
