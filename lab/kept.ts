// `node lab/kept.ts`: measures the memory that a gate keeps for each known token, by the size of the token, for a
// route with a handler and for a forwarded request.
import { parseArgs } from "node:util";
import { createGateVars } from "../cli/common/gate-vars.ts";
import { serve, serveFetch } from "../cli/common/loopback.ts";
import { createEntra } from "../entra/entra.ts";
import { type VerifiedToken, weighToken } from "../src/token/verified-tokens.ts";
import { measureHeapAfter } from "./heap.ts";
import { issueMany, sendEach } from "./tokens.ts";

const { values } = parseArgs({ options: { tokens: { type: "string", default: "1000" } } });
const count = Number(values.tokens);
/** Both measurements have these, so that only the additional tokens count. */
const base = 100;

const entra = createEntra();
// The keys are created once, before many requests need them at the same time.
await entra.keys();
const { url: entraUrl } = await serveFetch(entra.fetch);
const origin = await serve((_, response) => response.end("{}"));
const vars = createGateVars(entraUrl, origin.url);

const shapes: Readonly<Record<string, { readonly groups?: readonly string[]; readonly roles?: readonly string[] }>> = {
  "no groups": {},
  "200 groups": { groups: Array.from({ length: 200 }, () => crypto.randomUUID()) },
  "20 roles": { roles: Array.from({ length: 20 }, (_, index) => `Orders.Role.${index}`) },
};

console.log("token | characters | bytes that it weighs | bytes kept, with a handler | bytes kept, forwarded");
for (const [name, claims] of Object.entries(shapes)) {
  const tokens = await issueMany(base + count, () =>
    entra.issueAccessToken({ authority: entraUrl, persona: "member", claims }),
  );
  const [token = ""] = tokens;
  const columns = [
    token.length,
    weighToken({
      credential: `Bearer ${token}`,
      scopes: ["access_as_user"],
      roles: [],
      groups: [],
      contexts: [],
      capabilities: [],
    } as unknown as VerifiedToken),
  ];
  for (const path of ["/me", "/orders"]) {
    columns.push(((await measure(path, tokens)) - (await measure(path, tokens.slice(0, base)))) / count);
  }
  console.log([name, ...columns.map(Math.round)].join(" | "));
}
process.exit(0);

async function measure(path: string, tokens: readonly string[]): Promise<number> {
  return measureHeapAfter(
    "gate",
    vars,
    (gate) => sendEach(gate + path, tokens),
    (gate) => sendEach(gate + path, tokens.slice(-1)),
  );
}
