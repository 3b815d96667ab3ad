import { expect, it } from "vitest";
import { countResponses, entryPoints, findShared, responseCounts } from "./support/private-rows.ts";

it.each(entryPoints)(
  "a shared cache stores no response for one caller of the entry point %s",
  { tags: "private-responses" },
  async (entry) => {
    expect(await findShared(entry)).toEqual([]);
  },
);

it("a response is copied only if code of the app may hold it", async () => {
  expect(await countResponses()).toEqual(responseCounts);
});
