type Method = (this: string, ...values: never[]) => unknown;

/** Methods of strings, with the number of characters that each reads. */
const costs: Readonly<Record<string, (text: string, result: unknown, values: readonly unknown[]) => number>> = {
  charCodeAt: () => 1,
  charAt: () => 1,
  indexOf: (text, result, [, from = 0]) => (result === -1 ? text.length : (result as number)) - (from as number) + 1,
  includes: (text, result, [, from = 0]) => (result ? 1 : text.length - (from as number)),
  startsWith: () => 1,
  endsWith: () => 1,
  slice: (_text, result) => (result as string).length,
  split: (text) => text.length,
  replace: (text) => text.length,
  replaceAll: (text) => text.length,
  toLowerCase: (text) => text.length,
  toUpperCase: (text) => text.length,
  trim: (text) => text.length,
  normalize: (text) => text.length,
  lastIndexOf: (text, result, [, from = text.length]) => (from as number) - (result as number),
  matchAll: (text) => text.length,
};

/**
 * Counts the steps of work on strings: the characters that methods of strings read. A clock would measure how busy the
 * machine is; steps show how the work grows.
 */
export function countSteps(work: () => unknown): number {
  let steps = 0;
  const prototype = String.prototype as unknown as Record<string, Method>;
  const methods = Object.keys(costs).map((name) => [name, prototype[name]!] as const);
  for (const [name, method] of methods) {
    prototype[name] = function (...values) {
      const result = Reflect.apply(method, this, values);
      steps += Math.max(1, costs[name]!(String(this), result, values));
      return result;
    };
  }
  try {
    work();
  } finally {
    for (const [name, method] of methods) prototype[name] = method;
  }
  return steps;
}
