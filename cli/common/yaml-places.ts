import {
  EVENT_ALIAS,
  EVENT_MAPPING,
  EVENT_POP,
  EVENT_SCALAR,
  EVENT_SEQUENCE,
  getScalarValue,
  parseEvents,
} from "js-yaml";

export type ValuePath = readonly (string | number)[];

/** Line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Levels of nesting. Readers of the text have refused what is deeper. */
const depthMaximum = 200;

/** A mapping, or a list, whose end the reader has not reached. */
interface Open {
  readonly path: ValuePath;
  /** Index of the next item; absent in a mapping. */
  next?: number;
  /** Name of the member whose value comes next; absent before a name. */
  name?: string | undefined;
}

/**
 * Finds where the values of a YAML text are: a member at its name, and an item of a list at its beginning. A value that
 * the text does not contain itself, such as a part of an alias, is at the nearest value that contains it.
 */
export function findPlaces(text: string): (path: ValuePath) => Place {
  const offsets = readOffsets(text);
  return (path) => {
    let length = path.length;
    while (length > 0 && !offsets.has(keyOf(path.slice(0, length)))) length -= 1;
    return placeOf(text, offsets.get(keyOf(path.slice(0, length))) ?? 0);
  };
}

function readOffsets(text: string): ReadonlyMap<string, number> {
  const offsets = new Map<string, number>();
  const open: Open[] = [];
  /** Notes that a value begins. @returns its path */
  const begin = (offset: number): ValuePath => {
    const outer = open.at(-1);
    if (outer === undefined) {
      offsets.set(keyOf([]), offset);
      return [];
    }
    if (outer.next !== undefined) {
      const path = [...outer.path, outer.next];
      outer.next += 1;
      offsets.set(keyOf(path), offset);
      return path;
    }
    const path = [...outer.path, outer.name ?? ""];
    outer.name = undefined;
    return path;
  };
  for (const event of parseEvents(text, { maxDepth: depthMaximum })) {
    const outer = open.at(-1);
    switch (event.type) {
      case EVENT_SCALAR:
        if (outer !== undefined && outer.next === undefined && outer.name === undefined) {
          outer.name = getScalarValue(text, event);
          offsets.set(keyOf([...outer.path, outer.name]), event.valueStart);
        } else {
          begin(event.valueStart);
        }
        break;
      case EVENT_ALIAS:
        begin(event.anchorStart);
        break;
      case EVENT_MAPPING:
        open.push({ path: begin(event.start) });
        break;
      case EVENT_SEQUENCE:
        open.push({ path: begin(event.start), next: 0 });
        break;
      case EVENT_POP:
        open.pop();
    }
  }
  return offsets;
}

function keyOf(path: ValuePath): string {
  return JSON.stringify(path.map(String));
}

function placeOf(text: string, offset: number): Place {
  const before = text.slice(0, Math.max(0, offset)).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
