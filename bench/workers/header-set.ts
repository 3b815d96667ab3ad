/** The least that a cache of tokens costs: to read the header, and to look it up. */
const seen = new Set<string>();

export default {
  fetch(request: Request): Response {
    const authorization = request.headers.get("authorization") ?? "";
    if (!seen.has(authorization)) seen.add(authorization);
    return Response.json({ ok: true });
  },
};
