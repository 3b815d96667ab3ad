import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { readOutput, writeOutput } from "../common/output-file.ts";
import { withProgress } from "../common/progress.ts";
import { print, printError, showJson, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { checkRead } from "../project/gate-code.ts";
import { loadConfiguredCode } from "../project/load-gate.ts";
import { readSettings, requireVariables } from "../project/settings.ts";
import type { definition } from "./definition.ts";
import { type WrittenDocument, writeOpenapi } from "./write-openapi.ts";

type OpenapiOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate openapi`.
 *
 * @throws UsageError
 */
export async function runOpenapi(options: OpenapiOptions): Promise<ExitCode> {
  const { out, strict = false, origins = false, json } = options;
  const settings = readSettings(process.cwd(), process.env, options);
  const code = await withProgress("Loading the worker", () => loadConfiguredCode(settings));
  checkRead(code);
  if (code.environment === undefined) requireVariables(settings);
  checkOutput(out);
  const { document, ...omitted } = writeOpenapi(code, settings.environment, origins);
  const { gaps, omittedOrigins } = omitted;
  const isRefused = strict && gaps.length > 0;
  if (!isRefused) {
    writeOutput("--out", out, `${JSON.stringify(document, null, 2)}\n`);
  }
  if (json) print(showJson({ out, state: isRefused ? "refused" : "written", gaps, omittedOrigins }));
  else report(out, omitted, isRefused);
  return isRefused ? exitCodes.bad : exitCodes.good;
}

/** @throws UsageError if the file is not a document of OpenAPI */
function checkOutput(out: string): void {
  const before = readOutput("--out", out);
  if (before === undefined || /^\s*\{\s*"openapi"\s*:/.test(before)) return;
  throw new UsageError(`--out ${out}: the file exists, and is not an OpenAPI document in JSON. Choose another name`);
}

function report(out: string, { gaps, omittedOrigins }: Omit<WrittenDocument, "document">, isRefused: boolean): void {
  for (const { route, part, cause } of gaps) {
    const reason = cause === undefined ? "" : `: ${cause}`;
    printError(showText(`The document cannot describe the ${part} of ${route}${reason}.`));
  }
  if (isRefused) printError("Nothing was written, because the document has gaps.");
  else print([`Wrote ${showText(out)}.`, ...describeOmitted(omittedOrigins)].join("\n"));
}

/** Routes that are compiled from a document without origins all go to ORIGIN. */
function describeOmitted(origins: readonly string[]): readonly string[] {
  if (origins.length === 0) return [];
  const one = origins.length === 1;
  return [
    `It does not name the origin${one ? "" : "s"} ${origins.join(", ")} of the routes. For a document that compile reads, add --origins.`,
  ];
}
