import type { Stack } from "../stack.ts";

/** The document of a running gate, with the public cloud as its authority, because the local port changes each time. */
export async function readDocument({ gateUrl, entraUrl }: Stack): Promise<string> {
  const response = await fetch(`${gateUrl}/openapi.json`);
  if (response.status !== 200) throw new Error(`the document: status ${response.status}`);
  return (await response.text()).replaceAll(entraUrl, "https://login.microsoftonline.com");
}
