/** The answer to HEAD is that to GET without its body, which not every platform leaves out by itself (RFC 9110 section 9.3.2). */
export function answerHead(method: string, response: Response): Response {
  if (method !== "HEAD" || response.body === null) return response;
  // Nobody reads it any more; what it came from may be told.
  response.body.cancel().catch(() => {});
  return new Response(null, response);
}
