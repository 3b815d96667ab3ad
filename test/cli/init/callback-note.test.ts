import { expect, it } from "vitest";
import { describeCallbacks } from "../../../cli/init/callback-note.ts";
import { App } from "../../../src/app/app.ts";
import { facade, mcp } from "../../../src/extensions/mcp/mcp.ts";

const clientId = "33333333-4444-5555-6666-777777777777";
const codeWith = (authorizationServer: ReturnType<typeof facade>) => ({
  options: { routes: new App().register(mcp("/mcp", { authorizationServer })) },
});
const own = codeWith(facade({ clientId, callback: "/oauth/callback" }));

it("names the first address of GATE_URL and the path of a callback", () => {
  const notes = describeCallbacks(own, { GATE_URL: "https://mcp.contoso.com, https://other.contoso.com" });
  expect(notes).toEqual([expect.stringContaining(" https://mcp.contoso.com/oauth/callback, of the platform Mobile ")]);
  expect(describeCallbacks(own, {})).toEqual([expect.stringContaining("<the first GATE_URL>/oauth/callback")]);
});

it("names the platform Web for a callback with the gate's credential", () => {
  const withCredential = facade({ clientId, callback: "/oauth/callback", credential: "gate" });
  expect(describeCallbacks(codeWith(withCredential), {})).toEqual([
    expect.stringMatching(/\/oauth\/callback, of the platform Web\.$/),
  ]);
});

it("names nothing without a facade", () => {
  const plain = { options: { routes: new App().register(mcp("/mcp")) } };
  expect(describeCallbacks(plain, {})).toEqual([]);
  expect(describeCallbacks(undefined, {})).toEqual([]);
});
