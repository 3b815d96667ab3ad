import { bundleWorkerOnce } from "./bundle.ts";
import { readStoredKeys } from "./stored-keys.ts";

/** Those of the start, and of a few rollovers. */
const keyCount = 8;

/** Bundles the local Entra of tests as a worker. @returns its code, and the variables that it needs */
export async function bundleLocalEntra(): Promise<{ readonly code: string; readonly vars: { readonly KEYS: string } }> {
  const code = await bundleWorkerOnce("test/support/entra-worker.ts");
  return { code, vars: { KEYS: JSON.stringify(readStoredKeys(keyCount)) } };
}
