import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../../support/fleet.ts";
import { type HttpAnswer, readHeader } from "../../../support/http.ts";
import { present } from "../../../support/rows.ts";
import { adapterRows, findSharing, listSharingRows, type SharingRow, sharingNames } from "../../../support/sharing.ts";

const host = "gate.localhost:8787";
const GATE_URL = `http://${host}`;
const entry = (name: string) => ({ entry: `test/gates/sharing-${name}.ts` });
const fleet = await startFleetOf({
  gate: { ...entry("gate"), vars: { GATE_URL } },
  app: { ...entry("app"), vars: { GATE_URL } },
  hono: { ...entry("hono"), adapter: true },
  daloy: { ...entry("daloy"), adapter: true },
});
afterAll(() => fleet.stop());

type Send = (row: SharingRow) => Promise<HttpAnswer>;

/** Expects that no response can be stored for another caller, and that the rest of each is as expected. */
async function expectPrivate(rows: readonly SharingRow[], send: Send): Promise<void> {
  const problems = await Promise.all(
    rows.map(async (row) => {
      const { status, headers } = await send(row);
      const problem = findSharing(row, status, new Headers(headers.map(([name, value]) => [name, value])));
      return problem === undefined ? [] : [`${row.method} ${row.name} ${problem}`];
    }),
  );
  expect(problems.flat()).toEqual([]);
}

const requestOf = (row: SharingRow, authorization: string) => ({
  method: row.method,
  path: row.path,
  ...(row.body !== undefined && { body: row.body }),
  headers: [...Object.entries(row.headers), ...(row.isAnonymous ? [] : [["Authorization", authorization] as const])],
});

async function sendBy(name: "gate" | "app" | "hono" | "daloy"): Promise<Send> {
  const [[, authorization = ""] = []] = (await present(fleet, name, {})).headers ?? [];
  const isGate = name === "gate" || name === "app";
  return (row) => fleet.send(name, { ...requestOf(row, authorization), ...(isGate && { host }) });
}

describe.each(["gate", "app"] as const)(
  "a response for one caller stays private, even if the code makes it public, of the %s",
  { tags: "private-responses" },
  (name) => {
    it.each(sharingNames)("%s", async (code) => {
      await expectPrivate(listSharingRows(name, code), await sendBy(name));
    });
  },
);

describe("a response of an adapter stays private, even if the code makes it public", {
  tags: "private-responses",
}, () => {
  it.each(["hono", "daloy"] as const)("%s", async (name) => {
    await expectPrivate(adapterRows[name], await sendBy(name));
  });
});

it.each(["gate", "app"] as const)(
  "a header that a hook adds to one response, even a public one or a refusal, is in no other response of the %s",
  { tags: "private-responses" },
  async (name) => {
    const ask = (path: string) => fleet.send(name, { path: `${path}?code=none`, host });
    for (const path of ["/cookie", "/cookie/guarded"]) {
      expect(readHeader(await ask(path), "set-cookie")).toHaveLength(1);
      expect(readHeader(await ask(path), "set-cookie")).toHaveLength(1);
    }
    for (const path of ["/cookieless", "/data"]) {
      const { headers } = await ask(path);
      expect(headers.filter(([header]) => /cookie|cdn|surrogate/i.test(header))).toEqual([]);
    }
  },
);
