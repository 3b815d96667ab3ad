/** Prefix of the operationIds of routes that no document contains. */
export const ownPrefix = "entra-gate.";

/**
 * Derives an operationId from method and path: `getBooksByBookIdPages` for `GET /books/:bookId/pages`, `getRoot` for
 * `GET /`.
 */
export function deriveOperationId(method: string, path: string): string {
  const words = path.split(/[^A-Za-z0-9:*]+/).flatMap((word) => word.split(/(?=[:*])/));
  const named = words.map((word) => capitalize(word.replace(/^:/, "by-").replace(/^\*/, "any")));
  return `${method.toLowerCase()}${named.join("") || "Root"}`;
}

/** Puts a method in front of an operationId: `getProxy`. An empty one stays as it is, and is refused. */
export function addMethod(method: string, operationId: string): string {
  return operationId && `${method.toLowerCase()}${operationId.charAt(0).toUpperCase()}${operationId.slice(1)}`;
}

function capitalize(word: string): string {
  return word.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
