import { describe, expect, it } from "vitest";
import { findRemovals } from "../../../tools/private-removals/find.ts";
import { createTrial } from "../../../tools/private-removals/try.ts";

/** It adds a header for measurements, and decides nothing about caches. Rows of `smoke --measure` test it. */
const isOfTiming = ({ text }: { readonly text: string }) => text.includes("server-timing");

const removals = findRemovals()
  .filter((removal) => !isOfTiming(removal))
  .map((removal) => {
    const { file, line, text, replacement } = removal;
    const name = `${file}:${line}, ${replacement === ";" ? "nothing" : replacement} in place of ${text}`;
    return [name.replace(/\s+/g, " ").slice(0, 150), removal] as const;
  });

const tryRemoval = await createTrial(removals.map(([, removal]) => removal));

it("no row of private responses fails if nothing is removed", async () => {
  expect(await tryRemoval(undefined)).toBeUndefined();
});

it("the owner, its callers and the adapters have parts to remove", () => {
  expect([...new Set(removals.map(([, { file }]) => file))]).toEqual(
    expect.arrayContaining([
      "src/http/outgoing-response.ts",
      "src/http/private-response.ts",
      "src/app/pipeline/serve.ts",
      "src/app/pipeline/pipeline.ts",
      "src/adapters/hono.ts",
      "src/adapters/daloy.ts",
    ]),
  );
});

describe("a row of private responses fails without an assignment in their owner, and without a call to it", () => {
  it.each(removals)("%s", async (_, removal) => {
    expect(await tryRemoval(removal)).toBeDefined();
  });
});
