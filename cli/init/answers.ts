import { isGuid } from "../../src/cli-exports/common.ts";
import { describeGate, noRoutes } from "../../src/cli-exports/gate.ts";
import { describeFault, isScopeToken, readConfig } from "../../src/cli-exports/policy.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { UsageError } from "../common/usage-error.ts";
import type { definition } from "./definition.ts";
import type { Prompts } from "./prompts.ts";

/** Who may call the gate, and where requests go. */
export type AnswerOptions = Pick<
  OptionsOf<typeof definition.options>,
  "tenant" | "audience" | "scope" | "role" | "origin"
>;

/** Variables of the gate by their names. */
export type Variables = Readonly<Record<string, string>>;

/** Values of the documentation. Entra issues no token with such IDs, and `entra-gate doctor` refuses to deploy them. */
const placeholders: Variables = {
  ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555",
  ENTRA_API_AUDIENCE: "22222222-3333-4444-5555-666666666666",
  ENTRA_REQUIRED_SCOPE: "access_as_user",
};

const questions = [
  {
    option: "tenant",
    variable: "ENTRA_TENANT_ID",
    text: "Directory (tenant) ID; empty for a placeholder",
    isValid: isGuid,
    form: `a GUID in lower case, such as ${placeholders.ENTRA_TENANT_ID}`,
  },
  {
    option: "audience",
    variable: "ENTRA_API_AUDIENCE",
    text: "Application (client) ID of the API's registration; empty for a placeholder",
    isValid: isGuid,
    form: `a GUID in lower case, such as ${placeholders.ENTRA_API_AUDIENCE}`,
  },
  {
    option: "scope",
    variable: "ENTRA_REQUIRED_SCOPE",
    text: `Scope that users' tokens must have; empty for ${placeholders.ENTRA_REQUIRED_SCOPE}`,
    isValid: (value: string) => isScopeToken(value) && !value.includes("/"),
    form: "a short name, such as access_as_user",
  },
] as const;

/**
 * Takes variables from options, and asks for missing ones. A missing one is a placeholder.
 *
 * @param known variables from another source, which are not asked for
 * @param prompts absent if nothing is asked
 * @param hasGate whether the project has a gate, whose options decide which variables it may have
 * @throws UsageError that names the malformed value
 */
export async function readVariables(
  options: AnswerOptions,
  known: Variables,
  prompts: Prompts | undefined,
  hasGate = false,
): Promise<Variables> {
  const { role, origin } = options;
  const found: Record<string, string> = {
    ...known,
    ...(role && { ENTRA_REQUIRED_ROLE: role }),
    ...(origin && { ORIGIN_URL: origin }),
  };
  for (const { option, variable, text, isValid, form } of questions) {
    const given = options[option];
    const isKnown = found[variable] !== undefined || (option === "scope" && found.ENTRA_REQUIRED_ROLE !== undefined);
    if (given === undefined && isKnown) continue;
    const findFault = (answer: string) => (answer === "" || isValid(answer) ? undefined : `This must be ${form}.`);
    if (given !== undefined && !isValid(given)) {
      throw new UsageError(`--${option} ${JSON.stringify(given)} must be ${form}`);
    }
    found[variable] = given ?? ((await prompts?.text(text, findFault)) || placeholders[variable]!);
  }
  if (!hasGate) checkVariables(found);
  return found;
}

/** Whether an option sets a variable. */
export function isGiven({ role, origin, ...options }: AnswerOptions, variable: string): boolean {
  if (variable === "ENTRA_REQUIRED_ROLE") return role !== undefined;
  if (variable === "ORIGIN_URL") return origin !== undefined;
  return questions.some((each) => each.variable === variable && options[each.option] !== undefined);
}

export function isPlaceholder(variable: string, value: string): boolean {
  return placeholders[variable] === value;
}

/** Names the variables that still have a value of the documentation. */
export function listPlaceholders(variables: Variables): readonly string[] {
  return ["ENTRA_TENANT_ID", "ENTRA_API_AUDIENCE"].filter((name) => isPlaceholder(name, variables[name] ?? ""));
}

/** Validates with the gate's own reader. */
function checkVariables(variables: Variables): void {
  const read = readConfig(variables, describeGate({}, noRoutes, true));
  if (read.ok) return;
  throw new UsageError(...read.error.map(describeFault));
}
