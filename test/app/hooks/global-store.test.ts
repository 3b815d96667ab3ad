import { describe, expect, it } from "vitest";
import { globalStore } from "../../../src/app/hooks/global-store.ts";

/** A binding whose objects return `answer`, and the calls to it. */
function createBinding(answer: () => Response) {
  const asked: [name: string, url: string][] = [];
  const GLOBAL_LIMITER = {
    idFromName: (name: string) => name,
    get: (name: string) => ({
      async fetch(url: string) {
        asked.push([name, url]);
        return answer();
      },
    }),
  };
  return { asked, env: { GLOBAL_LIMITER } };
}

describe("globalStore", () => {
  it("calls the object of the limit and the caller", async () => {
    const { asked, env } = createBinding(() => Response.json({ count: 3, resetMs: 5 }));
    expect(await globalStore("exports").hit("principal a b", 60_000, { max: 10, env })).toEqual({
      count: 3,
      resetMs: 5,
    });
    expect(asked).toEqual([['["exports","principal a b"]', "https://limiter/?windowMs=60000&max=10"]]);
  });

  it.each([
    ["nothing", undefined],
    ["no binding", {}],
    ["text", { GLOBAL_LIMITER: "on" }],
    ["another binding", { GLOBAL_LIMITER: { limit() {} } }],
  ])("refuses every caller if the environment has %s", async (_, env) => {
    await expect(globalStore("exports").hit("key", 60_000, { max: 10, env })).rejects.toThrow(
      "globalStore: GLOBAL_LIMITER is not a Durable Objects binding",
    );
  });

  it.each([
    ["a count with an error", () => Response.json({ count: 1, resetMs: 5 }, { status: 500 })],
    ["text that is not JSON", () => new Response("count")],
    ["no count", () => Response.json({ resetMs: 5 })],
    ["a count that is text", () => Response.json({ count: "1", resetMs: 5 })],
    ["no end of the window", () => Response.json({ count: 1 })],
  ])("refuses every caller if the object answers %s", async (_, answer) => {
    const { env } = createBinding(answer);
    await expect(globalStore("exports").hit("key", 60_000, { max: 10, env })).rejects.toThrow();
  });

  it.each(["", undefined])("requires a name, not %j", (name) => {
    expect(() => globalStore(name as string)).toThrow("globalStore: name must be a non-empty string");
  });
});
