import type { GateSetup } from "../../guard/setup.ts";
import type { RequestContext } from "./context.ts";

/**
 * Makes a value once for each configuration, with the first request that needs it.
 *
 * @param make keeps nothing of the request
 */
export function keepPerSetup<Value>(make: (context: RequestContext) => Value): (context: RequestContext) => Value {
  const values = new WeakMap<GateSetup, { readonly value: Value }>();
  return (context) => {
    const kept = values.get(context.setup) ?? { value: make(context) };
    values.set(context.setup, kept);
    return kept.value;
  };
}
