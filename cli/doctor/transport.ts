import { existsSync } from "node:fs";
import path from "node:path";
import { isLoopback } from "../../src/cli-exports/common.ts";
import { readInput } from "../common/input-file.ts";
import { denoFiles } from "../project/program.ts";
import type { Settings } from "../project/settings.ts";
import { type Finding, findingsOf } from "./finding.ts";

const { good, skipped, warning } = findingsOf("deployment");

/**
 * Checks how callers of an app on Node, Deno or Bun reach it over HTTPS.
 *
 * @param processEnvironment where the programs of docs/reference/runtimes.md find their certificate
 */
export function examineTransport(
  { directory, environment, wrangler }: Settings,
  processEnvironment: Readonly<Record<string, string | undefined>>,
): readonly Finding[] {
  if (wrangler !== undefined) return [];
  const { ENTRA_AUTHORITY: authority, GATE_TLS_PROXY: proxy } = environment;
  const url = URL.parse(String(authority));
  if (url !== null && isLoopback(url.hostname)) return [skipped("with a local Entra, callers may use plain HTTP")];
  if (proxy === "true") {
    return [
      good(
        "a proxy ends TLS: make sure that only the proxy can reach the process, and that it overwrites X-Forwarded-Proto",
      ),
    ];
  }
  const { TLS_CERTIFICATE: certificate, TLS_KEY: key } = processEnvironment;
  if ((certificate && key) || readsCertificate(directory)) return [good("the server has its own certificate")];
  const text =
    "neither TLS nor GATE_TLS_PROXY is configured: the app answers 403 to every caller that does not come over loopback";
  const fix = `GATE_TLS_PROXY=true and GATE_URL behind a proxy that ends TLS, trustProxy in DaloyJS, or a certificate (npx entra-gate docs how-to/run-behind-a-proxy)`;
  return [warning(text, fix)];
}

/** Whether a script or a task of the project gives a certificate to its server, as `deno serve --cert` does. */
function readsCertificate(directory: string): boolean {
  return ["package.json", ...denoFiles].some((name) => {
    const file = path.join(directory, name);
    return existsSync(file) && /--cert\b/.test(readInput(file, name));
  });
}
