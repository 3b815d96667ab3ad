import { isLoopback } from "../../src/http/loopback.ts";
import { UsageError } from "./usage-error.ts";

/** Origin of the local Entra of `entra-gate dev`, unless its port is taken. */
export const defaultEntraUrl = "http://127.0.0.1:8788";

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
