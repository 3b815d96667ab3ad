import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { print } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import type { definition } from "./definition.ts";
import { describePages, findParts, readPart } from "./pages.ts";

/**
 * `entra-gate docs`.
 *
 * @param target page or part to print; without it and without `find`, the list of pages
 * @throws UsageError
 */
export function runDocs(target: string | undefined, { find }: OptionsOf<typeof definition.options>): ExitCode {
  if (target !== undefined && find !== undefined) throw new UsageError("a part and --find cannot be used together");
  print(find !== undefined ? findParts(find) : target === undefined ? describePages() : readPart(target));
  return exitCodes.good;
}
