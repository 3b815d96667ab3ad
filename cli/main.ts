import { Command, CommanderError } from "commander";
import { type ExitCode, exitCodes } from "./common/exit-code.ts";
import { describeMissingPackage, UsageError } from "./common/usage-error.ts";

const explainExamples = `
Examples:
  $ npx entra-gate explain                        asks for a token and does not show it
  $ npx entra-gate explain - < token.txt          reads it from a file or a pipe, so it stays out of the shell's history
  $ npx entra-gate explain - --route "GET /orders/1"
  $ npx entra-gate explain AADSTS9010010          why Entra gave a client no token
  $ npx entra-gate explain - --at 2026-11-25T12:03:00Z --json
  $ npx entra-gate explain - --keys keys.json     without the network
  $ npx entra-gate explain - --no-verify          without keys: the claims can be forged

Exit code: 0 allowed, 1 refused, 2 could not tell, 3 a mistake in the command.`;

const doctorExamples = `
Examples:
  $ npx entra-gate doctor
  $ npx entra-gate doctor --env production --strict
  $ npx entra-gate doctor --offline --json

Exit code: 0 good, 1 a fault, 3 a mistake in the command, or nothing to check. With --strict, warnings count too.`;

const smokeExamples = `
Examples:
  $ npx entra-gate smoke https://api.contoso.com/orders
  $ npx entra-gate smoke https://api.contoso.com/orders --tenant TENANT_ID --audience CLIENT_ID

Exit code: 0 the gate refused all requests, 1 it did not, 2 no answer, 3 a mistake in the command.`;

const initExamples = `
Examples:
  $ npx entra-gate init                           asks, shows a diff, and then writes
  $ npx entra-gate init --dry-run                 shows every change, and writes nothing
  $ npx entra-gate init --yes --tenant TENANT_ID --audience CLIENT_ID --scope access_as_user
  $ npx entra-gate init --public "GET /health"    keeps a route public
  $ npx entra-gate init --register terraform      writes how to register the API in Entra
  $ npx entra-gate init --from apim policy.xml    converts a policy of Azure API Management

Exit code: 0 done, 3 a mistake in the command: nothing was changed.`;

const nobody = "00000000-0000-4000-8000-000000000000";

/**
 * Runs the command line.
 *
 * @param args without the names of Node and of the script
 * @returns the exit code; never throws
 */
export async function runCommand(args: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = exitCodes.unknown;
  const program = new Command("entra-gate")
    .description("Explains why the gate refuses a token, and checks its configuration.")
    .exitOverride()
    .showHelpAfterError("(--help shows all options)");

  addConfiguration(
    program
      .command("explain")
      .argument("[token]", "access token, or a code of Entra such as AADSTS50011; - reads a token from standard input")
      .description("Explain what the gate does with an access token, check by check.")
      .option("--route <route>", 'method and path of a request, for example "GET /orders/1"')
      .option("--keys <file>", "take the tenant's keys from a JWKS file")
      .option("--no-verify", "do not check the signature")
      .option("--at <time>", "explain as of another time, ISO 8601 or seconds since the epoch")
      .option("--unsafe", "show claims although the signature is not verified"),
  )
    .addHelpText("after", explainExamples)
    .action(async (token: string | undefined, options) => {
      const { runExplain } = await import("./explain/command.ts");
      code = await runExplain(token, options);
    });

  addConfiguration(
    program
      .command("doctor")
      .description("Check the configuration, the tenants' keys, the origin and the routes.")
      .option("--offline", "do not use the network")
      .option("--strict", "fail on warnings too")
      .option("--adapter", "the app is behind entra() on Deno or Node: forward nothing, and do not read its code"),
  )
    .addHelpText("after", doctorExamples)
    .action(async (options) => {
      const { runDoctor } = await import("./doctor/command.ts");
      code = await runDoctor(options);
    });

  program
    .command("init")
    .argument("[folder]", "an empty folder, or that of an app or a worker", ".")
    .description(
      "Protect the app or worker of a folder, or create a gate in an empty one. Shows a diff before it writes.",
    )
    .option("--tenant <id>", "directory (tenant) ID")
    .option("--audience <id>", "application (client) ID of the API's registration")
    .option("--scope <name>", "scope that users' tokens must have")
    .option("--role <name>", "app role that daemons' tokens must have; without it, the gate refuses daemons")
    .option("--public <route...>", 'routes that stay public, such as "GET /health"')
    .option("--bind", "put a gate of its own in front of the worker, whose code stays as it is")
    .option("--origin <url>", "origin server; without it, the zone's own origin")
    .option("--name <name>", "name of the worker and of the registration; by default that of the package or the folder")
    .option("--register <form>", "write how to register the API: az, graph or terraform")
    .option("--callback <url...>", "redirect URIs of a single-page application")
    .option("--from <source...>", "convert a policy of Azure API Management: --from apim policy.xml")
    .option("--yes", "ask nothing: every route needs the scope, and missing IDs are placeholders")
    .option("--dry-run", "show every change, and write nothing")
    .addHelpText("after", initExamples)
    .action(async (folder: string, options) => {
      const { runInit } = await import("./init/command.ts");
      code = await runInit(folder, options);
    });

  program
    .command("smoke")
    .argument("<url>", "URL of a route that is not public")
    .description("Send requests without a valid token, which the gate must refuse.")
    .option("--tenant <id>", "tenant that forged tokens claim to be from", nobody)
    .option("--audience <id>", "API that forged tokens claim to be for", nobody)
    .option("--json", "print JSON")
    .addHelpText("after", smokeExamples)
    .action(async (url: string, options) => {
      const { runSmoke } = await import("./smoke/command.ts");
      code = await runSmoke(url, options);
    });

  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.good : exitCodes.usage;
    const sentence = error instanceof UsageError ? error.message : describeMissingPackage(error);
    console.error(sentence === undefined ? error : `error: ${sentence}`);
    return sentence === undefined ? exitCodes.unknown : exitCodes.usage;
  }
}

/** Options with which a command reads a configuration. */
function addConfiguration(command: Command): Command {
  return command
    .option("--config <file>", "Wrangler's configuration file; by default wrangler.toml")
    .option("--env <name>", "environment of Wrangler, only with what [env.NAME] deploys")
    .option("--no-dev-vars", "ignore .dev.vars")
    .option("--json", "print JSON");
}
