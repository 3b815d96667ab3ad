import { EVENT_ID, getScalarValue, parseEvents } from "js-yaml";
import { escapePointer } from "../../src/cli-exports/policy.ts";

/** Returns the line of a JSON pointer in a YAML text, or of the closest part around it. */
export type FindLine = (pointer: string) => number;

/** An open mapping or sequence. */
interface Frame {
  readonly pointer: string;
  /** Items so far, if it is a sequence. */
  items: number | undefined;
  /** Name of the member whose value follows. */
  name: string | undefined;
}

/**
 * Finds where the parts of a YAML text are.
 *
 * @param text valid YAML, or JSON
 * @param maxDepth levels of nesting
 */
export function createFindLine(text: string, maxDepth: number): FindLine {
  const offsets = new Map<string, number>();
  const frames: (Frame | undefined)[] = [];
  /** Returns the pointer of the next value, or `undefined` if a scalar is the name of a member. */
  const enter = (offset: number, name: string | undefined): string | undefined => {
    const frame = frames.at(-1);
    if (frame === undefined) {
      offsets.set("", offset);
      return "";
    }
    if (frame.items === undefined && frame.name === undefined) {
      frame.name = name ?? "";
      offsets.set(`${frame.pointer}/${escapePointer(frame.name)}`, offset);
      return undefined;
    }
    const pointer = `${frame.pointer}/${frame.items ?? escapePointer(frame.name ?? "")}`;
    if (frame.items === undefined) frame.name = undefined;
    else {
      offsets.set(pointer, offset);
      frame.items += 1;
    }
    return pointer;
  };
  for (const event of parseEvents(text, { maxDepth })) {
    if (event.type === EVENT_ID.DOCUMENT) frames.push(undefined);
    else if (event.type === EVENT_ID.POP) frames.pop();
    else if (event.type === EVENT_ID.SCALAR) enter(event.valueStart, getScalarValue(text, event));
    else if (event.type === EVENT_ID.ALIAS) enter(event.anchorStart, undefined);
    else {
      const pointer = enter(event.start, undefined) ?? "";
      frames.push({ pointer, items: event.type === EVENT_ID.SEQUENCE ? 0 : undefined, name: undefined });
    }
  }
  return (pointer) => {
    let known = pointer;
    while (!offsets.has(known) && known !== "") known = known.slice(0, known.lastIndexOf("/"));
    return text.slice(0, offsets.get(known) ?? 0).split("\n").length;
  };
}
