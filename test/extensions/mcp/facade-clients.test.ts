import { describe, expect, it } from "vitest";
import type { RequestContext } from "../../../src/app/part.ts";
import type { CheckedUri, Clients } from "../../../src/extensions/mcp/facade/clients.ts";
import { redirectToEntra } from "../../../src/extensions/mcp/facade/sign-in.ts";

const asked = "https://app.example/callback";
const query = new URLSearchParams({ client_id: "a", redirect_uri: asked, state: "s" });
const context = { request: new Request(`https://api.contoso.example/authorize?${query}`), setup: {} } as RequestContext;

/** The clients of a facade that looks a client up elsewhere. */
const clientsWith = (check: Clients["check"]): Clients => ({
  authority: "default",
  clientId: "c",
  redirectUris: [],
  check,
  checkKnown() {},
});

describe("a check of a client that takes time", () => {
  it("refuses before anything redirects", async () => {
    const clients = clientsWith(() => Promise.reject(new Error("The client is unknown.")));
    await expect((async () => redirectToEntra({ clients, resources: [] }, context))()).rejects.toThrow(
      "The client is unknown.",
    );
  });

  it("is the only source of the address of a redirect", { tags: "callback-redirects" }, async () => {
    const redirectUri = "https://app.example/checked" as CheckedUri;
    const response = await redirectToEntra(
      { clients: clientsWith(async () => ({ redirectUri })), resources: [] },
      context,
    );
    expect(response.headers.get("location")).toMatch(/^https:\/\/app\.example\/checked\?error=\w+&/);
    // @ts-expect-error: not checked
    const unchecked: CheckedUri = asked;
    expect(unchecked).toBe(asked);
  });
});
