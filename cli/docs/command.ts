import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { print } from "../common/terminal.ts";
import { describePages, readPart } from "./pages.ts";

/**
 * `entra-gate docs`.
 *
 * @param target page or part to print; without it, the list of pages
 * @throws UsageError
 */
export function runDocs(target: string | undefined): ExitCode {
  print(target === undefined ? describePages() : readPart(target));
  return exitCodes.good;
}
