import { isLoopback } from "../../src/cli-exports/common.ts";
import { defaultEntraUrl } from "./shared-options.ts";
import { UsageError } from "./usage-error.ts";

/**
 * Reads the option `--entra`.
 *
 * @throws UsageError if it is no address on this machine
 */
export function readEntraUrl(entra: string): URL {
  const url = URL.parse(entra);
  if (url !== null && isLoopback(url.hostname)) return url;
  throw new UsageError(`--entra ${entra} must be the address of a local Entra, such as ${defaultEntraUrl}`);
}
