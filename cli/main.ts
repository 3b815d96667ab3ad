import { inspect } from "node:util";
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { docsSite } from "../src/common/docs-site.ts";
import { type ExitCode, exitCodes } from "./common/exit-code.ts";
import { defaultEntraUrl } from "./common/local-entra.ts";
import { readOwnVersion } from "./common/own-package.ts";
import { print, printError, showText } from "./common/terminal.ts";
import { describeMissingPackage, UsageError } from "./common/usage-error.ts";

const rootExamples = `
Examples:
  $ npx entra-gate init                           put a gate into a project
  $ npx entra-gate dev                            run the project with a local Entra
  $ npx entra-gate entra                          the local Entra alone, for tests of any program
  $ npx entra-gate explain                        why is this token refused?
  $ npx entra-gate explain AADSTS50011            why did Entra give no token?
  $ npx entra-gate doctor --env production        check what would be deployed
  $ npx entra-gate smoke https://api.contoso.com/orders
  $ npx entra-gate diff before.ts src/worker.ts   who may newly call after a change?
  $ npx entra-gate test cases.yaml                may these callers send these requests?
  $ npx entra-gate docs reasons#scope_missing     read the reference here

Documentation: ${docsSite}`;

const explainExamples = `
Examples:
  $ npx entra-gate explain                        asks for a token and does not show it
  $ npx entra-gate token --persona outsider | npx entra-gate explain -
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
  $ npx entra-gate doctor --openapi https://origin.contoso.com/openapi.json

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

const devExamples = `
Examples:
  $ npx entra-gate dev                            the worker at http://127.0.0.1:8787, and what it needs
  $ npx entra-gate dev --port 9000                9000 for the worker, the next two for the local Entra and the origin
  $ npx entra-gate dev --origin http://127.0.0.1:3000
  $ npx entra-gate dev --entra-only               the local Entra alone, as entra-gate entra serves it

Exit code: 0 stopped by Ctrl-C, 1 the worker did not start or ended, 3 a mistake in the command.`;

const entraExamples = `
Examples:
  $ npx entra-gate entra                          at http://127.0.0.1:8788
  $ npx entra-gate entra --https                  at https://localhost:8788, as the libraries of Microsoft require
  $ npx entra-gate entra --https --config entra.yaml
  $ npx entra-gate entra --forget                 remove the authority that --https has created

Exit code: 0 stopped by Ctrl-C, 3 a mistake in the command, or the port is taken.`;

const tokenExamples = `
Examples:
  $ npx entra-gate token                          a user of the tenant, with the scope access_as_user
  $ npx entra-gate token --persona admin --scope orders.read
  $ npx entra-gate token --client daemon --role Orders.Read.All
  $ npx entra-gate token --without tid            a token that the gate must refuse
  $ npx entra-gate token --expired

Exit code: 0 printed, 3 a mistake in the command, or no local Entra answers.`;

const keygenExamples = `
Examples:
  $ npx entra-gate keygen                         a key with which the gate signs for the origin
  $ npx entra-gate keygen --rsa                   a key with which the gate signs in at Entra
  $ npx entra-gate keygen --out next.pem > next.json

Exit code: 0 made, 3 a mistake in the command, or the file exists.`;

const docsExamples = `
Examples:
  $ npx entra-gate docs
  $ npx entra-gate docs reasons#scope_missing
  $ npx entra-gate docs variables | less

Exit code: 0 printed, 3 there is no such page or part.`;

const completionExamples = `
Examples:
  $ source <(npx entra-gate completion bash)      in ~/.bashrc
  $ source <(npx entra-gate completion zsh)       in ~/.zshrc, after compinit
  $ npx entra-gate completion fish | source       in ~/.config/fish/config.fish

The shell completes the word entra-gate, which a global installation puts on the path, or export PATH="$PWD/node_modules/.bin:$PATH".`;

const compileExamples = `
Examples:
  $ npx entra-gate compile openapi.yaml --out src/routes.openapi.ts
  $ npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --check
  $ npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --public "GET /health"
  $ npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --scope access_as_user
  $ npx entra-gate compile openapi.yaml --out src/routes.openapi.ts --skip "GET /compare/{base}...{head}"

Exit code: 0 done, 1 a fault or a stale file, 3 a mistake in the command. With a fault, nothing is written.`;

const diffExamples = `
Examples:
  $ npx entra-gate diff before/worker.ts src/worker.ts
  $ npx entra-gate diff old.yaml new.yaml --accept "GET /orders"
  $ npx entra-gate diff old.yaml new.yaml --format markdown

Exit code: 0 no caller is newly admitted, or --accept names the request, 1 one is, 2 that is not known, 3 a mistake in the command.`;

const openapiExamples = `
Examples:
  $ npx entra-gate openapi --out openapi.json
  $ npx entra-gate openapi --out openapi.json --strict

Exit code: 0 written, 1 the document has gaps and --strict is set, 3 a mistake in the command. With 1, nothing is written.`;

const testExamples = `
Examples:
  $ npx entra-gate test cases.yaml
  $ npx entra-gate test cases.yaml --routes src/routes.ts --coverage --junit results.xml
  $ npx entra-gate test cases.yaml --matrix csv

Exit code: 0 every case passed, 1 one failed, or a route lacks a case, 3 a mistake in the command or in the file of cases.`;

/** Without it, the last value of a repeated option would count, and the others would be lost. */
function takeOnce(value: string, before?: string): string {
  if (before !== undefined) throw new InvalidArgumentError("It may occur only once.");
  return value;
}

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
    .description("Runs a gate with a local Entra, explains why it refuses a token, and checks its configuration.")
    .version(readOwnVersion(), "--version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", rootExamples)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => printError(text.trimEnd()),
    })
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
      .option("--entra <url>", "trust the local Entra at this address; by default that of the dev of this folder")
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
      .option("--openapi <file>", "file or URL of an OpenAPI document to compare the routes with")
      .option(
        "--scope <name...>",
        "scopes that users need where a plain bearer scheme of the document has an empty list",
      )
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
    .option("--scope <name>", "scope that users' tokens must have", takeOnce)
    .option("--role <name>", "app role that daemons' tokens must have; without it, the gate refuses daemons", takeOnce)
    .option("--public <route...>", 'routes that stay public: "GET /health", or the path /health for GET')
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

  addConfiguration(
    program
      .command("compile")
      .argument("<document>", "OpenAPI 3.0 to 3.2, JSON or YAML")
      .description("Write one route for each operation of an OpenAPI document, with the requirement of its `security`.")
      .requiredOption("--out <file>", "module to write")
      .option("--check", "write nothing, and fail if the module is stale")
      .option("--public <operation...>", 'operations that stay public, such as "GET /health"')
      .option("--skip <operation...>", 'operations to leave out, such as "GET /files/{path}.json"')
      .option("--origin-checks <scheme...>", "schemes that the gate cannot check, and that the origin checks")
      .option("--scope <name...>", "scopes that users need where a plain bearer scheme has an empty list")
      .option("--tenant <domain=id...>", "tenant ID of a domain in the document")
      .option("--validate", "validate parameters and bodies by the schemas of the document; needs ajv and recheck")
      .option("--max-schema-bytes <bytes>", "largest code of one schema (default: 262144)"),
  )
    .addHelpText("after", compileExamples)
    .action(async (document: string, options) => {
      const { runCompile } = await import("./compile/command.ts");
      code = runCompile(document, options);
    });

  addConfiguration(
    program
      .command("diff")
      .argument("<old>", "worker or module of routes, or OpenAPI document, as it was")
      .argument("<new>", "the same as it is now")
      .description("Compare who may send which request, before and after a change.")
      .option("--accept <request...>", 'requests that may be open to more callers, such as "GET /orders"')
      .addOption(new Option("--format <form>", "form of the output").choices(["text", "markdown"]).default("text"))
      .option("--scope <name...>", "scopes that users need where a plain bearer scheme of a document has an empty list")
      .option("--tenant <domain=id...>", "tenant ID of a domain in a document"),
  )
    .addHelpText("after", diffExamples)
    .action(async (before: string, after: string, options) => {
      const { runDiff } = await import("./diff/command.ts");
      code = await runDiff(before, after, options);
    });

  addConfiguration(
    program
      .command("test")
      .argument("<file>", "cases, in YAML or JSON")
      .description("Send the requests of a file of cases to the gate, with tokens of a test authority.")
      .option("--routes <file>", "worker, module of routes or OpenAPI document; by default the worker in main")
      .addOption(
        new Option("--matrix [form]", "print who may do what, in place of the cases")
          .choices(["table", "csv"])
          .conflicts(["coverage", "junit"]),
      )
      .option("--coverage", "fail if a route lacks a case that is allowed, or one that is refused")
      .option("--junit <file>", "write the results as JUnit XML")
      .option("--scope <name...>", "scopes that users need where a plain bearer scheme of a document has an empty list")
      .option("--tenant <domain=id...>", "tenant ID of a domain in a document"),
  )
    .addHelpText("after", testExamples)
    .action(async (file: string, options) => {
      const { runTest } = await import("./test/command.ts");
      code = await runTest(file, options);
    });

  addConfiguration(
    program
      .command("openapi")
      .description("Write the OpenAPI document that the gate serves.")
      .requiredOption("--out <file>", "document to write, in JSON")
      .option("--strict", "write nothing, and fail, if the document cannot describe a part"),
  )
    .addHelpText("after", openapiExamples)
    .action(async (options) => {
      const { runOpenapi } = await import("./openapi/command.ts");
      code = await runOpenapi(options);
    });

  program
    .command("dev")
    .description("Run this project with a local Entra, and print requests to try. Wrangler runs a worker.")
    .option("--port <n>", "port of the gate; the local Entra and the origin use the next two, 0 any free ones", "8787")
    .option("--origin <url>", "forward to this server; by default to the project's own if it runs here, or a sample")
    .option("--worker <file>", "entry file, by default that of Wrangler's configuration")
    .option("--config <file>", "Wrangler's configuration file")
    .addOption(
      new Option("--entra-only", "start only the local Entra, in any folder").conflicts([
        "origin",
        "worker",
        "config",
        "pretty",
      ]),
    )
    .option("--pretty", "write decisions as readable lines, also if the output is not a terminal")
    .option("--inspect", "let debuggers connect to the worker; any page that finds the port can run code in it")
    .addHelpText("after", devExamples)
    .action(async (options) => {
      const { runDev } = await import("./dev/command.ts");
      code = await runDev(options);
    });

  program
    .command("entra")
    .description("Serve a local Entra, in which the programs that you develop or test sign in.")
    .option("--port <n>", "port, 0 for any free one", "8788")
    .option("--https", "serve https, with a certificate of an authority that is created once for your user")
    .option("--config <file>", "tenants, users and apps in YAML or JSON, in addition to the default ones")
    .option("--keys <file>", "keep the signing keys in this file; without it, each start has new ones")
    .option("--forget", "remove that authority and its key, and serve nothing")
    .addHelpText("after", entraExamples)
    .action(async (options) => {
      const { runEntra } = await import("./entra/command.ts");
      code = await runEntra(options);
    });

  program
    .command("token")
    .description("Print an access token of the running local Entra.")
    .option("--persona <name>", "the user, such as member, admin, guest or outsider")
    .option("--client <name>", "the client application, such as spa, daemon or agent")
    .option("--tenant <name>", "tenant that issues the token, such as contoso or fabrikam")
    .option("--api <name>", "API that the token is for, such as mcp-api for an MCP server; api by default")
    .option("--scope <name...>", "scopes of the token; access_as_user by default")
    .option("--role <name...>", "app roles of the token; those of the user or the client by default")
    .option("--acrs <name...>", "authentication contexts of the token, such as c1")
    .option("--without <claim...>", "claims that the token lacks")
    .option("--expired", "a token that expired an hour ago")
    .option(
      "--entra <url>",
      `address of the local Entra; by default that of the dev of this folder, or ${defaultEntraUrl}`,
    )
    .addHelpText("after", tokenExamples)
    .action(async (options) => {
      const { runToken } = await import("./token/command.ts");
      code = await runToken(options);
    });

  program
    .command("keygen")
    .description("Make a key of the gate. Writes the private key to a file, and prints the public key.")
    .option("--rsa", "an RSA key for ENTRA_CLIENT_KEY; by default an EC key for GATE_SIGNING_KEY")
    .option("--out <file>", "file for the private key, which must not exist")
    .addHelpText("after", keygenExamples)
    .action(async (options) => {
      const { runKeygen } = await import("./keygen/command.ts");
      code = await runKeygen(options);
    });

  program
    .command("docs")
    .argument("[part]", "page, or one part of it: reasons#scope_missing; without it, the list of pages")
    .description("Print a reference page. The package carries them.")
    .addHelpText("after", docsExamples)
    .action(async (part: string | undefined) => {
      const { runDocs } = await import("./docs/command.ts");
      code = runDocs(part);
    });

  program
    .command("completion")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish"]))
    .description("Print a script with which a shell completes commands and options.")
    .addHelpText("after", completionExamples)
    .action(async (shell: "bash" | "zsh" | "fish") => {
      const { runCompletion } = await import("./completion/command.ts");
      code = runCompletion(program, shell);
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

/** Options with which a command reads a configuration. */
function addConfiguration(command: Command): Command {
  return command
    .option(
      "--config <file>",
      "Wrangler's configuration file; by default the first of wrangler.json, wrangler.jsonc, wrangler.toml",
    )
    .option("--env <name>", "environment of Wrangler, only with what [env.NAME] deploys")
    .option("--no-dev-vars", "ignore .dev.vars and .env")
    .option("--json", "print JSON");
}
