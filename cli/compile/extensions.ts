import { describeScopeMistake } from "../../src/config/scope.ts";
import { type Api, shortenName } from "./authority.ts";
import { type Faults, memberOf, membersOf, type Place } from "./fault.ts";

/** What the extensions of an operation add to each of its rules. */
export interface Extensions {
  readonly roles?: readonly string[];
  readonly anyScope?: readonly string[];
  readonly acrs?: readonly string[];
  readonly agent?: "only" | "never";
}

export const nameRepair = "Write the name as a token has it, or with the Application ID URI of ENTRA_API_AUDIENCE.";
/** Names that Entra never writes into `scp`. */
export const neverGranted = new Set(["openid", "profile", "email", "offline_access"]);
/** Alternatives of an operation, and names of one list. More in one list are most likely a mistake. */
export const entriesMaximum = 200;

const extensionNames = ["x-entra-roles", "x-entra-any-scope", "x-entra-acrs", "x-entra-agent"];

/** Records members `x-entra-…` of an object that are unknown, or have no meaning there. */
export function checkExtensions(place: Place, isOperation: boolean, faults: Faults): void {
  for (const [name, member] of membersOf(place)) {
    if (!/^x-entra-/i.test(name) || (isOperation && extensionNames.includes(name))) continue;
    const problem = extensionNames.includes(name) ? "has no effect here" : "is not an extension of entra-gate";
    const repair = extensionNames.includes(name)
      ? "Move it to the operations that it concerns."
      : `Use one of ${extensionNames.join(", ")}.`;
    faults.add(member, problem, repair);
  }
}

/** Reads the extensions of an operation. */
export function readExtensions(operation: Place, api: Api, faults: Faults): Extensions {
  checkExtensions(operation, true, faults);
  const list = (name: string): readonly string[] | undefined => {
    const place = memberOf(operation, name);
    const { value } = place;
    if (value === undefined) return undefined;
    const isList = Array.isArray(value) && value.length > 0 && value.length <= entriesMaximum;
    if (isList && value.every((item) => typeof item === "string" && item !== "")) {
      const names = [...new Set((value as readonly string[]).map((item) => shortenName(api, item)))];
      const mistaken = names.find((item) => describeScopeMistake(item) !== undefined || neverGranted.has(item));
      if (mistaken === undefined) return names;
      faults.add(place, `has ${JSON.stringify(mistaken)}, which is not a name in a token`, nameRepair);
      return undefined;
    }
    faults.add(place, "is not a list of names", `Write ${name}: [NAME].`);
    return undefined;
  };
  const agent = memberOf(operation, "x-entra-agent");
  const isChoice = agent.value === undefined || agent.value === "only" || agent.value === "never";
  if (!isChoice) faults.add(agent, "is not a choice", 'Write "only" or "never".');
  const [roles, anyScope, acrs] = [list("x-entra-roles"), list("x-entra-any-scope"), list("x-entra-acrs")];
  return {
    ...(roles && { roles }),
    ...(anyScope && { anyScope }),
    ...(acrs && { acrs }),
    ...(isChoice && agent.value !== undefined && { agent: agent.value as "only" | "never" }),
  };
}
