import { expect, it } from "vitest";
import { createTokenNetwork } from "../../../src/extensions/downstream/network.ts";

const endpoint = "https://login.microsoftonline.com/contoso/oauth2/v2.0/token";
const toPart = (text: string) => new TextEncoder().encode(text).toBase64({ alphabet: "base64url", omitPadding: true });
const deep = toPart("[1,".repeat(1_025));

async function receive(body: string): Promise<unknown> {
  const network = createTokenNetwork({ fetch: async () => new Response(body) }, endpoint, AbortSignal.timeout(10_000));
  return (await network.client.sendPostRequestAsync(endpoint)).body;
}

it("MSAL gets no response with JSON that is nested too deep, in the response or in a member that MSAL decodes", async () => {
  const good = {
    access_token: "a",
    id_token: `${toPart("{}")}.${toPart("{}")}.AA`,
    client_info: toPart('{"uid":"a"}'),
  };
  expect(await receive(JSON.stringify(good))).toEqual(good);
  expect(await receive(JSON.stringify({ ...good, id_token: `${toPart("{}")}.${deep}.AA` }))).toEqual({});
  expect(await receive(JSON.stringify({ ...good, client_info: deep }))).toEqual({});
  const dotted = deep.replace(/.{1000}/g, "$&.");
  expect(await receive(JSON.stringify({ ...good, client_info: dotted }))).toEqual({});
  expect(await receive(`{"access_token":"a","x":${"[".repeat(1_025)}${"]".repeat(1_025)}}`)).toEqual({});
});
