import type { StandardSchemaV1 } from "@standard-schema/spec";
import * as limits from "../../base/common/limits.ts";
import type { Members } from "../../base/http/members.ts";
import { findAmbiguous, type SpellName } from "../../base/http/name-spelling.ts";
import { BadRequestError } from "../errors/errors.ts";
import { type Checked, checkValue, writePointer } from "../types/check-value.ts";

/**
 * Validates named values that an origin reads too. It rejects a name that the origin could confuse with another one,
 * unless the schema declares the name. Otherwise the origin could use a value that the schema has not checked.
 *
 * A Standard Schema does not list its names. A name counts as declared if the validator looks for it although it is
 * absent.
 *
 * @param part for the error message
 * @param spell how origins read the names
 * @throws BadRequestError if a name could be read as another one
 */
export async function checkNamed(
  schema: StandardSchemaV1,
  members: Members,
  part: string,
  spell: SpellName,
): Promise<Checked> {
  // Some validators remove undeclared names from their input, but the origin still gets them.
  const received = Object.keys(members);
  const { watched, missed } = watch(members);
  const checked = await checkValue(schema, watched);
  if ("faults" in checked) return checked;
  const ambiguous = findAmbiguous([...received, ...missed], spell);
  const doubtful = received.filter((name) => ambiguous.has(name));
  const undeclared = doubtful.length === 0 ? [] : await findUndeclared(schema, members, doubtful);
  if (undeclared.length > 0) throw createNameError(part, undeclared);
  // Some validators return their input.
  return checked.value === watched ? { value: members } : checked;
}

/** Returns the names that the validator does not look for if they are absent. */
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

/** @returns the members for a validator, and the absent names that it looked for */
function watch(members: Members): { readonly watched: Members; readonly missed: ReadonlySet<string> } {
  const missed = new Set<string>();
  const note = (target: Members, name: string | symbol) => {
    if (typeof name === "string" && !Object.hasOwn(target, name)) missed.add(name);
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

function createNameError(part: string, names: readonly string[]): BadRequestError {
  const faults = names.slice(0, limits.validationFaults).map((name) => ({
    path: writePointer([name.slice(0, limits.validationFaultCharacters)]),
    message: "is ambiguous: an origin could read another name",
  }));
  return new BadRequestError(`Invalid ${part}`, faults);
}
