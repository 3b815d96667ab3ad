import { facade } from "../../src/extensions/mcp/mcp.ts";

/** Says for each redirect URI of a list whether a facade accepts it. Runtimes have different URL parsers. */
export default {
  async fetch(request: Request): Promise<Response> {
    const uris = (await request.json()) as readonly string[];
    return Response.json(uris.filter(isAccepted));
  },
};

function isAccepted(uri: string): boolean {
  try {
    facade({ clientId: "c11e0000-0000-4000-8000-000000000026", callback: "/oauth/callback", redirectUris: [uri] });
    return true;
  } catch {
    return false;
  }
}
