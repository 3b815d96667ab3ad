import { noRoutes } from "../../src/app/gate-routes.ts";
import { describeGate } from "../../src/app/setup-context.ts";
import { readConfig } from "../../src/config/config.ts";
import { isGuid } from "../../src/config/guid.ts";
import { isScopeToken } from "../../src/config/scope.ts";
import { askLine } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";

/** Who may call the gate, and where requests go. */
export interface AnswerOptions {
  /** Directory (tenant) ID. */
  readonly tenant?: string;
  /** Application (client) ID of the API's registration. */
  readonly audience?: string;
  readonly scope?: string;
  /** App role for daemons. */
  readonly role?: string;
  readonly origin?: string;
}

/** Variables of the gate by their names. */
export type Variables = Readonly<Record<string, string>>;

const questions = [
  {
    option: "tenant",
    variable: "ENTRA_TENANT_ID",
    text: "Directory (tenant) ID",
    isValid: isGuid,
    form: "a GUID in lower case, such as 11111111-2222-3333-4444-555555555555",
  },
  {
    option: "audience",
    variable: "ENTRA_API_AUDIENCE",
    text: "Application (client) ID of the API's registration",
    isValid: isGuid,
    form: "a GUID in lower case, such as 22222222-3333-4444-5555-666666666666",
  },
  {
    option: "scope",
    variable: "ENTRA_REQUIRED_SCOPE",
    text: "Scope that users' tokens must have",
    isValid: (value: string) => isScopeToken(value) && !value.includes("/"),
    form: "a short name, such as access_as_user",
  },
] as const;

/** Asks one question. */
export type Ask = (question: string) => Promise<string>;

/**
 * Takes variables from options, and asks for missing ones.
 *
 * @param known variables from another source, which are not asked for
 * @param ask absent if there is no terminal
 * @throws UsageError that names the missing or malformed value
 */
export async function readVariables(
  options: AnswerOptions,
  known: Variables,
  ask: Ask | undefined,
): Promise<Variables> {
  const { role, origin } = options;
  const found: Record<string, string> = {
    ...known,
    ...(role && { ENTRA_REQUIRED_ROLE: role }),
    ...(origin && { ORIGIN_URL: origin }),
  };
  for (const each of questions) {
    const { option, variable, text, isValid, form } = each;
    const given = options[option];
    const isKnown = found[variable] !== undefined || (option === "scope" && found.ENTRA_REQUIRED_ROLE !== undefined);
    if (given === undefined && isKnown) continue;
    const value = given ?? (ask && (await askUntilValid(ask, each)));
    if (value === undefined) throw new UsageError(`--${option} is missing: ${text}, ${form}`);
    if (!isValid(value)) throw new UsageError(`--${option} ${JSON.stringify(value)} must be ${form}`);
    found[variable] = value;
  }
  checkVariables(found);
  return found;
}

/** Asks again after an answer that is malformed. */
async function askUntilValid(ask: Ask, { text, isValid, form }: (typeof questions)[number]): Promise<string> {
  for (let problem = ""; ; problem = `This must be ${form}.\n`) {
    const answer = (await ask(`${problem}${text}: `)).trim();
    if (isValid(answer)) return answer;
  }
}

/** Validates with the gate's own reader. */
function checkVariables(variables: Variables): void {
  const read = readConfig(variables, describeGate({}, noRoutes, true));
  if (read.ok) return;
  throw new UsageError(
    read.error.map(({ variable, problem, example }) => `${variable} ${problem}; for example ${example}`).join("\n"),
  );
}

/** Asks on the terminal; `undefined` if there is none. */
export function createAsk(): Ask | undefined {
  return process.stdin.isTTY === true ? (question) => askLine(question) : undefined;
}
