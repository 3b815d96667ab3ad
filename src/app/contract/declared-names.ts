import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { Members } from "../../http/members.ts";
import { findAmbiguous, type SpellName } from "../../http/name-spelling.ts";
import * as limits from "../../limits.ts";
import { BadRequestError } from "../serve/errors.ts";
import { type Checked, checkValue } from "./check-value.ts";
import { writePointer } from "./pointer.ts";

/**
 * Validates named values that an origin reads too. A name that the origin could take for another one is refused, unless the
 * schema declares it itself: the schema let it pass unread, and the origin would read it as the value that was checked.
 *
 * A Standard Schema does not say which names it declares. A name is declared where the validator looks for it although it is
 * absent.
 *
 * @param part for the refusal
 * @param spell how origins read the names
 * @throws BadRequestError where a name could be taken for another one
 */
export async function checkNamed(
  schema: StandardSchemaV1,
  members: Members,
  part: string,
  spell: SpellName,
): Promise<Checked> {
  const { watched, missed } = watch(members);
  const checked = await checkValue(schema, watched);
  if ("faults" in checked) return checked;
  const received = Object.keys(members);
  const ambiguous = findAmbiguous([...received, ...missed], spell);
  const doubtful = received.filter((name) => ambiguous.has(name));
  const undeclared = doubtful.length === 0 ? [] : await findUndeclared(schema, members, doubtful);
  if (undeclared.length > 0) throw refuse(part, undeclared);
  // Some validators return what they were given.
  return checked.value === watched ? { value: members } : checked;
}

/** Names that the validator does not look for where they are absent. */
async function findUndeclared(
  schema: StandardSchemaV1,
  members: Members,
  names: readonly string[],
): Promise<readonly string[]> {
  const others = { ...members };
  for (const name of names) delete others[name];
  const { watched, missed } = watch(others);
  await checkValue(schema, watched);
  return names.filter((name) => !missed.has(name));
}

/** @returns the members for a validator, and the names that it has looked for in vain */
function watch(members: Members): { readonly watched: Members; readonly missed: ReadonlySet<string> } {
  const missed = new Set<string>();
  const note = (target: Members, name: string | symbol) => {
    if (typeof name === "string" && !(name in target)) missed.add(name);
  };
  const watched = new Proxy(members, {
    get(target, name, receiver) {
      note(target, name);
      return Reflect.get(target, name, receiver);
    },
    has(target, name) {
      note(target, name);
      return Reflect.has(target, name);
    },
    getOwnPropertyDescriptor(target, name) {
      note(target, name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
  });
  return { watched, missed };
}

function refuse(part: string, names: readonly string[]): BadRequestError {
  const faults = names.slice(0, limits.validationFaults).map((name) => ({
    path: writePointer([name.slice(0, limits.validationFaultCharacters)]),
    message: "is ambiguous: an origin could read another name",
  }));
  return new BadRequestError(`Invalid ${part}`, faults);
}
