const chunk = new Uint8Array(64 * 1024).fill(120);
const json = { headers: { "content-type": "application/json" } };
const called = { content: [{ type: "text", text: "1001, 1002, 1003" }], isError: false };
const toolResult = JSON.stringify({ jsonrpc: "2.0", id: 1, result: called });
const headers = { "content-type": "application/octet-stream" };

/** An origin that reads uploads, answers MCP calls, and sends the number of bytes in the path of a download. */
export default {
  async fetch(request: Request): Promise<Response> {
    const [, kind, count] = new URL(request.url).pathname.split("/");
    if (kind === "upload") await request.body?.pipeTo(new WritableStream());
    if (kind === "mcp") {
      await request.arrayBuffer();
      return new Response(toolResult, json);
    }
    if (kind !== "download") return new Response('{"ok":true}', json);
    let left = Number(count);
    const { readable, writable } = new FixedLengthStream(left);
    const writer = writable.getWriter();
    (async () => {
      for (; left > 0; left -= chunk.length) await writer.write(left < chunk.length ? chunk.subarray(0, left) : chunk);
      await writer.close();
    })().catch(() => {});
    return new Response(readable, { headers });
  },
};
