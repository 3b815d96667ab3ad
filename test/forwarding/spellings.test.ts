import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readAddress } from "../../src/base/http/path.ts";
import { listAddedHeaders } from "../../src/forwarding/added-headers.ts";
import { findOutgoing, member, requestWith } from "../support/origin.ts";
import { tries } from "../support/property.ts";

/** The names of the gate's headers, written out so that the test does not depend on the gate's code. */
const spoken = [
  "X-MS-CLIENT-PRINCIPAL",
  "X-MS-CLIENT-PRINCIPAL-ID",
  "X-MS-CLIENT-PRINCIPAL-NAME",
  "X-MS-CLIENT-PRINCIPAL-IDP",
  "X-MS-TOKEN-AAD-ACCESS-TOKEN",
  "X-MS-TOKEN-AAD-ID-TOKEN",
  "X-Entra-Tenant",
  "X-Entra-Client",
  "X-Entra-Agent",
  "X-Entra-Scopes",
  "X-Entra-Roles",
  "X-Entra-Omitted",
  "X-Entra-Anything",
];

/** Characters of a header name other than letters and digits (RFC 9110 section 5.6.2). */
const separators = [..."!#$%&'*+-.^_`|~"];

const address = readAddress(requestWith({}).url)!;
/** The headers of the gate for a caller, and on public routes. */
const gatesWord = new Map(listAddedHeaders(address, { caller: member, reported: undefined }, 2_048));
const gatesPublicWord = new Map(listAddedHeaders(address, { caller: undefined, reported: undefined }, 2_048));

/** The variable for a header on servers that pass headers as variables: `HTTP_X_ENTRA_TENANT`. */
function toVariable(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}

const spokenVariable = /^X_(?:MS_CLIENT_PRINCIPAL|MS_TOKEN_|ENTRA_)/;

describe("identity headers of the client", () => {
  const spellings = spoken.flatMap((name) => [
    name,
    name.toLowerCase(),
    name.toUpperCase(),
    ...separators.map((separator) => name.replaceAll("-", separator)),
    ...separators.map((separator) => name.replace("-", separator)),
    ...separators.map((separator) => name.replace(/-(?=[^-]*$)/, separator)),
  ]);

  it(`never reach the origin, in ${spellings.length} spellings`, async () => {
    for (const name of spellings) {
      const { headers } = await findOutgoing(requestWith([[name, "forged"]]));
      expect(
        [...headers.values()].filter((value) => value.includes("forged")),
        name,
      ).toEqual([]);
    }
  });

  it("never reach the origin on public routes", async () => {
    for (const name of spellings) {
      const { headers } = await findOutgoing(requestWith([[name, "forged"]]), { caller: undefined });
      expect(
        [...headers].filter(
          ([key, value]) => spokenVariable.test(toVariable(key)) && gatesPublicWord.get(key) !== value,
        ),
        name,
      ).toEqual([]);
    }
  });

  it("never reach the origin together with the gate's own, even if they are repeated", async () => {
    const request = requestWith([
      ["x-entra-roles", "Orders.Admin"],
      ["X-Entra-Roles", "Orders.Admin"],
      ["x_entra_roles", "Orders.Admin"],
    ]);
    const { headers } = await findOutgoing(request);
    expect(headers.get("x-entra-roles")).toBe("");
    expect([...headers.values()].join()).not.toContain("Orders.Admin");
  });

  const disguised = fc.constantFrom(...spoken).chain((name) =>
    fc
      .tuple(
        fc.array(fc.tuple(fc.boolean(), fc.constantFrom(...separators)), {
          minLength: name.length,
          maxLength: name.length,
        }),
        fc.string({ unit: fc.constantFrom(..."abcXYZ019-_."), maxLength: 6 }),
      )
      .map(([choices, suffix]) => {
        const characters = choices.map(([upper, separator], index) => {
          const character = name[index]!;
          if (character === "-") return separator;
          return upper ? character.toUpperCase() : character.toLowerCase();
        });
        return characters.join("") + suffix;
      }),
  );
  const anyName = fc.string({
    unit: fc.constantFrom(..."abcdefghijklmnopqrstuvwxyzXMSENTRA0123456789", ...separators),
    minLength: 1,
  });
  const anyValue = fc.string({ unit: fc.constantFrom(..."abc ,;=%"), maxLength: 12 });

  it("never share a name with the gate's own headers", { tags: "identity-headers" }, async () => {
    const anyHeaders = fc.array(fc.tuple(fc.oneof(disguised, anyName), anyValue), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(anyHeaders, fc.boolean(), async (headers, authenticated) => {
        const passage = authenticated ? {} : { caller: undefined };
        const outgoing = await findOutgoing(requestWith(headers), passage);
        for (const [name, value] of outgoing.headers) {
          if (!spokenVariable.test(toVariable(name))) continue;
          expect((authenticated ? gatesWord : gatesPublicWord).get(name), name).toBe(value);
        }
      }),
      tries(300),
    );
  });
});
