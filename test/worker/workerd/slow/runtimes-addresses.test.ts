import { afterAll, describe, expect, it } from "vitest";
import { bundleWorkerOnce } from "../../../support/bundle.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { entries, passing, resembling, unreadable } from "../../../support/mcp/addresses.ts";
import { describeBlock, describeReadings, places } from "../../../support/runtimes/address-readings.ts";
import { startWorker } from "../../../support/worker-process.ts";

const worker = "test/support/runtimes/address-readings.ts";
const code = await bundleWorkerOnce(worker);
const running = await Promise.all([
  startWorker({ name: "address-readings", code, port: 0, vars: {} }),
  serveInDeno(worker, {}),
]);
afterAll(() => Promise.all(running.map((part) => part.stop())));

async function ask<T>(url: string, question: object): Promise<T> {
  return (await (await fetch(url, { method: "POST", body: JSON.stringify(question) })).json()) as T;
}

/** Blocks of 256 characters. Of ideographs, Hangul and characters for private use, one of sixteen. */
const uniform = [
  [0x34, 0xfa],
  [0x120, 0x15f],
  [0x170, 0x1bf],
] as const;
const isUniform = (block: number) => uniform.some(([first, last]) => block >= first && block < last);
const blocks = [...Array(0x200).keys(), 0x2f8, 0x2f9, 0x2fa, 0xe00, 0xe01].filter(
  (block) => !isUniform(block) || block % 16 === 0 || (block >= 0xa4 && block < 0xac),
);

describe("workerd, Deno and this process read alike", () => {
  it("every address of the tests", async () => {
    const rows = [
      ...resembling.flatMap(([, , spellings]) => spellings),
      ...[...unreadable, ...passing].map(([, row]) => row),
    ];
    const addresses = [...entries, ...rows];
    const here = addresses.map(describeReadings);
    for (const { url } of running) expect(await ask(url, { addresses })).toEqual(here);
  });

  it.each(places)("each character in %s that they know", { tags: "mcp-addresses" }, async (place) => {
    const here = blocks.map((block) => describeBlock(place, block));
    const there = await Promise.all(running.map(({ url }) => ask<typeof here>(url, { place, blocks })));
    const different = blocks.flatMap((block, row) =>
      here[row]!.flatMap((reading, index) => {
        const known = [reading, ...there.map((rows) => rows[row]![index])].filter((each) => each !== null);
        return new Set(known).size > 1 ? [[(block * 256 + index).toString(16), ...known]] : [];
      }),
    );
    expect(different).toEqual([]);
    expect(here.flat().filter((reading) => reading !== null).length).toBeGreaterThan(25_000);
  });
});
