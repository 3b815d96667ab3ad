import { inspect } from "node:util";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import type { ArgumentsOf, CommandDefinition, OptionDetails, OptionsOf } from "./common/command-definition.ts";
import { type ExitCode, exitCodes } from "./common/exit-code.ts";
import { print, printError, showText } from "./common/terminal.ts";
import { describeMissingPackage, UsageError } from "./common/usage-error.ts";
import { definition as compile } from "./compile/definition.ts";
import { definition as deploy } from "./deploy/definition.ts";
import { definition as dev } from "./dev/definition.ts";
import { definition as diff } from "./diff/definition.ts";
import { definition as docs } from "./docs/definition.ts";
import { definition as doctor } from "./doctor/definition.ts";
import { definition as entra } from "./entra/definition.ts";
import { definition as explain } from "./explain/definition.ts";
import { definition as init } from "./init/definition.ts";
import { definition as keygen } from "./keygen/definition.ts";
import { definition as openapi } from "./openapi/definition.ts";
import { definition as revoke } from "./revoke/definition.ts";
import { definition as secrets } from "./secrets/definition.ts";
import { definition as smoke } from "./smoke/definition.ts";
import { definition as test } from "./test/definition.ts";
import { definition as token } from "./token/definition.ts";

/** Loads the code of a command, which gets the arguments and then the options. */
type Load<D extends CommandDefinition> = () => Promise<
  (...given: [...ArgumentsOf<D>, OptionsOf<D["options"]>]) => ExitCode | Promise<ExitCode>
>;

/** The commands in the order of the help. What runs is loaded only for its own command, because most of it is large. */
export const commands = [
  link(explain, async () => (await import("./explain/command.ts")).runExplain),
  link(doctor, async () => (await import("./doctor/command.ts")).runDoctor),
  link(init, async () => (await import("./init/command.ts")).runInit),
  link(compile, async () => (await import("./compile/command.ts")).runCompile),
  link(diff, async () => (await import("./diff/command.ts")).runDiff),
  link(test, async () => (await import("./test/command.ts")).runTest),
  link(openapi, async () => (await import("./openapi/command.ts")).runOpenapi),
  link(dev, async () => (await import("./dev/command.ts")).runDev),
  link(entra, async () => (await import("./entra/command.ts")).runEntra),
  link(token, async () => (await import("./token/command.ts")).runToken),
  link(revoke, async () => (await import("./revoke/command.ts")).runRevoke),
  link(keygen, async () => (await import("./keygen/command.ts")).runKeygen),
  link(docs, async () => (await import("./docs/command.ts")).runDocs),
  link(deploy, async () => (await import("./deploy/command.ts")).runDeploy),
  link(secrets, async () => (await import("./secrets/command.ts")).runSecrets),
  link(smoke, async () => (await import("./smoke/command.ts")).runSmoke),
];

const examples = [
  "npx entra-gate init                           put a gate into a project",
  "npx entra-gate dev                            run the project with a local Entra",
  "npx entra-gate entra                          the local Entra alone, for tests of any program",
  "npx entra-gate explain                        why is this token refused?",
  "npx entra-gate explain AADSTS50011            why did Entra give no token?",
  "npx entra-gate doctor --env production        check what would be deployed",
  "npx entra-gate deploy --env production        check it, and deploy it",
  "npx entra-gate smoke https://api.contoso.com/orders",
  "npx entra-gate diff ../before .               who may newly call after a change?",
  "npx entra-gate test cases.yaml                may these callers send these requests?",
  "npx entra-gate docs reasons#scope_missing     read the documentation here",
];

/**
 * Runs the command line.
 *
 * @param args without the names of Node and of the script
 * @returns the exit code; never throws
 */
export async function runCommand(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.unknown;
  const version = args.includes("--version") ? (await import("./common/own-package.ts")).readOwnVersion() : "";
  const program = createProgram(version, async ({ run }, given) => {
    code = await run(given);
  });
  try {
    const [first, second] = args;
    const isUnknown =
      first === "help" && second !== undefined && !program.commands.some((each) => each.name() === second);
    // Commander would answer with the help of all commands.
    await program.parseAsync(isUnknown ? [second] : args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.good : exitCodes.usage;
    const lines = error instanceof UsageError ? error.lines : [describeMissingPackage(error) ?? []].flat();
    printError(lines.length === 0 ? inspect(error) : `error: ${lines.map(showText).join("\n")}`);
    return lines.length === 0 ? exitCodes.unknown : exitCodes.usage;
  }
}

/**
 * Creates the command line.
 *
 * @param act does what a command does, with its arguments and then its options
 */
export function createProgram(
  version: string,
  act: (command: (typeof commands)[number], given: readonly unknown[]) => Promise<void>,
): Command {
  const program = new Command("entra-gate")
    .description("Runs a gate with a local Entra, explains why it refuses a token, and checks its configuration.")
    .version(version, "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", describeUse(examples, "Documentation: npx entra-gate docs"))
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => printError(text.trimEnd()),
    })
    .showHelpAfterError("(--help shows all options)");
  for (const command of commands)
    addCommand(program, command.definition).action((...given) => act(command, given.slice(0, -1)));
  return program;
}

function link<D extends CommandDefinition>(definition: D, load: Load<D>) {
  const run = async (given: readonly unknown[]) =>
    (await load())(...(given as Parameters<Awaited<ReturnType<Load<D>>>>));
  return { definition, run };
}

function addCommand(program: Command, { name, summary, options, ...rest }: CommandDefinition): Command {
  const command = program.command(name).description(summary);
  for (const each of rest.arguments ?? []) {
    const argument = new Argument(each.name, each.text);
    if (each.default !== undefined) argument.default(each.default);
    command.addArgument(argument);
  }
  for (const [flags, details] of Object.entries(options)) {
    command.addOption(createOption(flags, typeof details === "string" ? { text: details } : details));
  }
  const codes = Object.entries(rest.exitCodes).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return command.addHelpText("after", describeUse(rest.examples, ["Exit codes:", ...codes].join("\n")));
}

function createOption(flags: string, details: OptionDetails): Option {
  const option = new Option(flags, details.text).makeOptionMandatory(details.isRequired === true);
  if (details.default !== undefined) option.default(details.default);
  if (details.choices !== undefined) option.choices(details.choices);
  if (details.conflicts !== undefined) option.conflicts([...details.conflicts]);
  if (details.isSingle) option.argParser(takeOnce);
  return option;
}

/** Without it, the last value of a repeated option would count, and the others would be lost. */
function takeOnce(value: string, before?: string): string {
  if (before !== undefined) throw new InvalidArgumentError("It may occur only once.");
  return value;
}

function describeUse(lines: readonly string[], note: string): string {
  return ["", "Examples:", ...lines.map((line) => `  $ ${line}`), "", note].join("\n");
}
