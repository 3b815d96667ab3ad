const result = {
  jsonrpc: "2.0",
  id: 1,
  result: { content: [{ type: "text", text: "1001, 1002, 1003" }], isError: false },
};
const answer = JSON.stringify(result);

/** Answers every message as if it called a tool. The response to `initialize` opens a session. */
export default {
  async fetch(request: Request): Promise<Response> {
    const opens = (await request.text()).includes('"method":"initialize"');
    const session = opens ? { "mcp-session-id": crypto.randomUUID() } : undefined;
    return new Response(answer, { headers: { "content-type": "application/json", ...session } });
  },
};
