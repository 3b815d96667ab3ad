import { createEntraPlugin } from "../../../../src/adapters/daloy.ts";
import { entra as protect } from "../../../../src/adapters/hono.ts";
import { createSharingApps } from "../../../gates/sharing-app.ts";
import { createSharingDaloy } from "../../../gates/sharing-daloy.ts";
import { createSharingGates } from "../../../gates/sharing-gate.ts";
import { createSharingHono } from "../../../gates/sharing-hono.ts";
import { environmentWith, plainLog } from "../../../support/environment.ts";
import { entra } from "../../../support/frozen-entra.ts";
import { createFakeIo, type FakeIo } from "../../../support/io.ts";
import {
  adapterRows,
  findSharing,
  listSharingRows,
  type SharingRow,
  sharing,
  sharingNames,
} from "../../../support/sharing.ts";

const address = "https://api.contoso.example";
const origin = "https://origin.contoso.example";
const environment = environmentWith({ ...plainLog, GATE_URL: address, ORIGIN_URL: origin });

function createIo(): FakeIo {
  return createFakeIo({
    fetch(request) {
      if (request.url.startsWith("https://login.microsoftonline.com/")) return entra.fetch(request);
      return Response.json({}, request.url.includes("-silent") ? {} : { headers: sharing });
    },
  });
}

type Serve = (request: Request, env: object, context: object) => Response | Promise<Response>;

/** Functions by the name of an entry point that create it. Those with the fewest rows come first. */
const makers: Readonly<Record<string, () => Serve>> = {
  hono: () => createSharingHono(protect(undefined, {}, createIo())).fetch as Serve,
  daloy() {
    const { ORIGIN_URL: _, ...config } = environment;
    return createSharingDaloy(createEntraPlugin(config, {}, createIo()).verifier);
  },
  gate: () => createSharingGates(createIo()),
  app: () => createSharingApps(createIo()),
};

export const entryPoints = Object.keys(makers);

function listRows(entry: string): readonly SharingRow[] {
  if (entry === "hono" || entry === "daloy") return adapterRows[entry];
  return sharingNames.flatMap((code) => listSharingRows(entry as "gate" | "app", code));
}

async function createAsk(entry: string): Promise<(row: SharingRow) => Promise<Response>> {
  const serve = (makers[entry] as () => Serve)();
  const authorization = `Bearer ${await entra.issueAccessToken()}`;
  return async ({ method, path, body, isAnonymous, headers }) => {
    const init = { method, headers: { ...headers, ...(!isAnonymous && { authorization }) } };
    const request = new Request(address + path, body === undefined ? init : { ...init, body });
    return serve(request, environment, { waitUntil() {}, passThroughOnException() {}, props: {} });
  };
}

/**
 * Tries all rows of an entry point.
 *
 * @returns one line for each response that a shared cache could store, or that is wrong otherwise
 */
export async function findShared(entry: string): Promise<readonly string[]> {
  const ask = await createAsk(entry);

  async function tryRow(row: SharingRow): Promise<string | undefined> {
    const response = await ask(row);
    // A platform can read the headers later than this.
    await new Promise((resolve) => setTimeout(resolve));
    if (row.method === "HEAD" && response.body !== null) return "has a body";
    // The caller may not use this tool.
    if ((await response.text()).includes("orders_delete")) return "lists a tool of other callers";
    return findSharing(row, response.status, response.headers);
  }

  const found: string[] = [];
  for (const row of listRows(entry)) {
    const problem = await tryRow(row).catch(String);
    if (problem !== undefined) found.push(`${row.method} ${row.name} ${problem}`);
  }
  return found;
}

/** How many objects `Response` one request creates, with those of the app, by code and route. */
export const responseCounts: Readonly<Record<string, number>> = {
  "none /data": 1,
  "none /refused": 1,
  "none /origin": 1,
  "none /response": 2,
  "none /mcp": 4,
  "secureHeaders /data": 1,
  "own-hooks /data": 1,
  "cors /data": 2,
  "afterHandle /data": 1,
  "afterHandle /origin": 2,
  "onSend /data": 2,
  "onSend /response": 3,
  "onResponse /data": 2,
};

/** Counts the responses that a gate creates for the same requests. */
export async function countResponses(): Promise<Readonly<Record<string, number>>> {
  const ask = await createAsk("gate");
  const { Response: original } = globalThis;
  const counts: Record<string, number> = {};
  for (const row of sharingNames.flatMap((code) => listSharingRows("gate", code))) {
    if (!(row.name in responseCounts) || row.isAnonymous) continue;
    // The first request fetches the keys.
    await ask(row);
    let count = 0;
    const construct: ProxyHandler<typeof Response>["construct"] = (target, args, self) => {
      count += 1;
      return Reflect.construct(target, args, self);
    };
    globalThis.Response = new Proxy(original, { construct });
    try {
      await ask(row);
    } finally {
      globalThis.Response = original;
    }
    counts[row.name] = count;
  }
  return counts;
}
