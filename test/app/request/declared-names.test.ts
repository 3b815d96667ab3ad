import type { StandardSchemaV1 } from "@standard-schema/spec";
import { type } from "arktype";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { checkNamed } from "../../../src/app/request/declared-names.ts";
import { spellField } from "../../../src/base/http/name-spelling.ts";

/** Reads only own members, as some validators do, and returns its input. */
const ownOnly: StandardSchemaV1<Record<string, unknown>> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value) =>
      Object.hasOwn(value as object, "limit") && (value as { limit: string }).limit.length > 3
        ? { issues: [{ message: "too long", path: ["limit"] }] }
        : { value: value as Record<string, unknown> },
  },
};

/** Removes undeclared members from its input. */
const removing: StandardSchemaV1<Record<string, unknown>> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value) {
      const members = value as Record<string, unknown>;
      for (const name of Object.keys(members)) if (name !== "limit") delete members[name];
      const { limit = "" } = members as { limit?: string };
      return limit.length > 3 ? { issues: [{ message: "too long", path: ["limit"] }] } : { value: members };
    },
  },
};

const schemas = {
  zod: z.object({ limit: z.string().max(3).optional() }),
  "zod, async": z.object({
    limit: z
      .string()
      .refine(async (text) => text.length <= 3)
      .optional(),
  }),
  valibot: v.looseObject({ limit: v.optional(v.pipe(v.string(), v.maxLength(3))) }),
  arktype: type({ "limit?": "string <= 3" }),
  "own members": ownOnly,
  "its own choice, which removes others": removing,
};

describe.each(Object.entries(schemas))("a schema of %s", (_, schema) => {
  const check = (members: Record<string, unknown>) => checkNamed(schema, members, "query", spellField);

  it("declares the names that it reads", { tags: "declared-names" }, async () => {
    await expect(check({ Limit: "1000" })).rejects.toThrow("Invalid query");
    await expect(check({ limit: "5", Limit: "1000" })).rejects.toThrow("Invalid query");
    expect(await check({ limit: "1000" })).toHaveProperty("faults");
    expect(await check({ limit: "5", other: "1000" })).toMatchObject({ value: { limit: "5" } });
  });

  it("creates plain values", async () => {
    const checked = await check({ limit: "5" });
    expect(structuredClone(checked)).toEqual({ value: { limit: "5" } });
  });
});

it("a schema can declare a name that every object inherits", async () => {
  const schema = z.object({ toString: z.string().max(3).optional() }).catch({ toString: undefined });
  await expect(checkNamed(schema, { ToString: "1000" }, "query", spellField)).rejects.toThrow("Invalid query");
});
