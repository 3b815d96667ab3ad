/** The router loses a parameter `__proto__`, because it collects values in objects. */
const pathSegment = /^(?::(?!__proto__$)[A-Za-z_][A-Za-z0-9_]*|[A-Za-z0-9\-._~!$&'()+,=@]+)$/;

/** Whether a value is the path of a route: `/orders`, `/orders/:id`, `/orders/*`. */
export function isPath(path: unknown): path is string {
  if (typeof path !== "string" || !path.startsWith("/")) return false;
  if (path === "/") return true;
  const segments = path.slice(1).split("/");
  const last = segments.pop() ?? "";
  const names = [...path.matchAll(/:(\w+)/g)].map(([, parameter]) => parameter);
  return (
    segments.every((segment) => pathSegment.test(segment) && !isDots(segment)) &&
    (last === "*" || (pathSegment.test(last) && !isDots(last))) &&
    new Set(names).size === names.length
  );
}

/**
 * Describes the path of a route.
 *
 * @param path that is not one, perhaps in the syntax of another framework: `/orders/{id}`, `/files/**`
 */
export function describePath(path: unknown): string {
  const segments = String(path).split("/").filter(Boolean);
  const suggestion = `/${segments.map((segment, index) => translate(segment, index === segments.length - 1)).join("/")}`;
  const form = "must look like /orders, /orders/:id or /orders/*";
  return isPath(suggestion) && typeof path === "string" ? `${form}. Write ${JSON.stringify(suggestion)}` : form;
}

function translate(segment: string, isLast: boolean): string {
  // `**`, `*rest`, `{*rest}`, `{rest...}`, `[...rest]`, `(.*)` and `:rest*`
  if (isLast && /^(?:\*|\{\*|\{\w+\.{3}|\[\.{3}|\(\.\*|:\w+\*)/.test(segment)) return "*";
  // `{id}`, `[id]`, `<int:id>` and `:id(\\d+)`
  if (!/^(?:[[{<]|:\w+[({])/.test(segment)) return segment;
  const names = segment.match(/[A-Za-z_]\w*/g) ?? [];
  return `:${segment.startsWith("<") ? names.at(-1) : names[0]}`;
}

/** A normalized URL never has such a segment, so the route could not match. */
function isDots(segment: string): boolean {
  return /^\.+$/.test(segment);
}

/** Appends a path to a prefix. The root returns the prefix. */
export function joinPaths(prefix: string, path: string): string {
  if (prefix === "" || prefix === "/") return path;
  return path === "/" ? prefix : `${prefix}${path}`;
}

/** Returns a path without parameter names. Routes with the same result match the same requests. */
export function eraseNames(path: string): string {
  return path.replace(/:\w+/g, ":").toLowerCase();
}

/**
 * Sorts the most specific path first. At the first different segment, a literal precedes a parameter, and a parameter a
 * wildcard.
 */
export function compareSpecificity(a: string, b: string): number {
  const [left, right] = [rankSegments(a), rankSegments(b)];
  return left < right ? -1 : Number(left > right);
}

/** One digit for each segment. The rank of a path precedes those of the paths below it. */
function rankSegments(path: string): string {
  return path
    .split("/")
    .map((segment) => (segment === "*" ? 2 : segment.startsWith(":") ? 1 : 0))
    .join("");
}
