import { readBounded } from "../../src/cli-exports/common.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { findDev } from "../common/dev-state.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { readEntraUrl } from "../common/local-entra.ts";
import { withProgress } from "../common/progress.ts";
import { defaultEntraUrl } from "../common/shared-options.ts";
import { print, printError } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import type { definition } from "./definition.ts";

/** A local Entra creates its keys before the first token, which takes seconds on a busy machine. */
const answerMilliseconds = 60_000;
/** More than any token or message of a local Entra has. */
const answerBytes = 1024 * 1024;

type TokenOptions = OptionsOf<typeof definition.options>;

/**
 * `entra-gate token`: prints one token of the running local Entra, and nothing else.
 *
 * @throws UsageError if no local Entra answers, or it does not know a value
 */
export async function runToken(options: TokenOptions): Promise<ExitCode> {
  print(await withProgress("Waiting for the local Entra", () => requestToken(options)));
  return exitCodes.good;
}

async function requestToken({ entra, expired, ...wanted }: TokenOptions): Promise<string> {
  const url = entra === undefined ? await findEntra() : readEntraUrl(entra);
  const query = new URLSearchParams(
    Object.entries(wanted).flatMap(([name, value]) => [value].flat().map((each) => [name, each])),
  );
  if (expired) query.set("fault", "expired");
  const init = { redirect: "error", signal: AbortSignal.timeout(answerMilliseconds) } as const;
  const response = await fetch(new URL(`/local/token?${query}`, url), init).catch((error: Error) => {
    if (!isAboutCertificate(error)) return undefined;
    throw new UsageError(
      `this command does not trust the certificate of ${url.origin}: set NODE_EXTRA_CA_CERTS as entra-gate entra --https prints it`,
    );
  });
  const answer = response && (await readBounded(response.body, answerBytes).catch(() => undefined));
  const text = answer ?? "";
  if (response?.status === 400) throw new UsageError(text.trim());
  if (response?.ok !== true || !/^[\w-]+(?:\.[\w-]+){2}$/.test(text)) {
    throw new UsageError(
      `no local Entra answers at ${url.origin}: start it with npx entra-gate dev, or pass the address that it prints with --entra`,
    );
  }
  return text;
}

/** The local Entra of the `dev` of this folder, or else the one on the default port. */
async function findEntra(): Promise<URL> {
  const { state, unusable } = await findDev(process.cwd());
  if (unusable !== undefined)
    printError(`${unusable}. The token comes from ${defaultEntraUrl} if a local Entra is there.`);
  return new URL(state?.entraUrl ?? defaultEntraUrl);
}

/** Whether the error of `fetch` comes from a certificate, by the codes of OpenSSL and Node. */
function isAboutCertificate({ cause }: Error): boolean {
  return /CERT|SIGNATURE/.test(String((cause as NodeJS.ErrnoException | undefined)?.code));
}
