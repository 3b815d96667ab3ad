import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { readOutput, writeOutput } from "../common/output-file.ts";
import { withProgress } from "../common/progress.ts";
import { print, printError, showJson, showText } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { loadConfiguredCode } from "../project/load-gate.ts";
import { readSettings, requireVariables } from "../project/settings.ts";
import type { definition } from "./definition.ts";
import { type DocumentGap, writeOpenapi } from "./write-openapi.ts";

type OpenapiOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate openapi`.
 *
 * @throws UsageError
 */
export async function runOpenapi(options: OpenapiOptions): Promise<ExitCode> {
  const { out, strict = false, json } = options;
  const settings = readSettings(process.cwd(), process.env, options);
  const code = await withProgress("Loading the worker", () => loadConfiguredCode(settings));
  if (code.problem !== undefined) throw new UsageError(code.problem);
  if (code.environment === undefined) requireVariables(settings);
  checkOutput(out);
  const { document, gaps } = writeOpenapi(code, settings.environment);
  const isRefused = strict && gaps.length > 0;
  if (!isRefused) {
    writeOutput("--out", out, `${JSON.stringify(document, null, 2)}\n`);
  }
  if (json) print(showJson({ out, state: isRefused ? "refused" : "written", gaps }));
  else report(out, gaps, isRefused);
  return isRefused ? exitCodes.bad : exitCodes.good;
}

/** @throws UsageError if the file is not a document of OpenAPI */
function checkOutput(out: string): void {
  const before = readOutput("--out", out);
  if (before === undefined || /^\s*\{\s*"openapi"\s*:/.test(before)) return;
  throw new UsageError(`--out ${out}: the file exists, and is not an OpenAPI document in JSON. Choose another name`);
}

function report(out: string, gaps: readonly DocumentGap[], isRefused: boolean): void {
  for (const { route, part, cause } of gaps) {
    const reason = cause === undefined ? "" : `: ${cause}`;
    printError(showText(`The document cannot describe the ${part} of ${route}${reason}.`));
  }
  if (isRefused) printError("Nothing was written, because the document has gaps.");
  else print(`Wrote ${showText(out)}.`);
}
