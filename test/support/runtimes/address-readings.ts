import { readUri } from "../../../src/extensions/mcp/addresses/readings.ts";
import { reduce, writeNames } from "../../../src/extensions/mcp/addresses/skeleton.ts";

/** The addresses in which a test tries every character. */
export const places = ["file:///a@b", "https://@/"] as const;

/** What servers could take an address for, in one text; `null` if the gate cannot tell. */
export function describeReadings(address: string): string | null {
  const readings = readUri(address);
  if (readings === undefined) return null;
  const names = [...readings].map(reduce).map(({ scheme, bare, port }) => `${writeNames(scheme, bare)} ${port ?? ""}`);
  return [...new Set(names)].join("\n");
}

/** The readings of addresses with each of 256 characters. */
export function describeBlock(place: string, block: number): readonly (string | null)[] {
  return Array.from({ length: 256 }, (_, index) => {
    const character = String.fromCodePoint(block * 256 + index);
    return character.isWellFormed() ? describeReadings(place.replace("@", encodeURIComponent(character))) : null;
  });
}

interface Question {
  readonly addresses?: readonly string[];
  readonly place: string;
  readonly blocks: readonly number[];
}

/** A worker that does the same for addresses or blocks in its requests. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { addresses, place, blocks } = (await request.json()) as Question;
    return Response.json(addresses?.map(describeReadings) ?? blocks.map((block) => describeBlock(place, block)));
  },
};
