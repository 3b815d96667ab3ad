/** Whether a request is a browser's question before a cross-origin request (Fetch Standard, "CORS-preflight request"). */
export function isPreflight({ method, headers }: Request): boolean {
  return method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method");
}
