import { isLoopback } from "../../src/http/loopback.ts";
import { readBounded } from "../../src/keys/document.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { defaultEntraUrl } from "../common/local-entra.ts";
import { withProgress } from "../common/progress.ts";
import { print } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";

/** A local Entra creates its keys before the first token, which takes seconds on a busy machine. */
const answerMilliseconds = 60_000;
/** More than any token or message of a local Entra has. */
const answerBytes = 1024 * 1024;

export interface TokenOptions {
  readonly entra: string;
  readonly persona?: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly api?: string;
  readonly scope?: readonly string[];
  readonly role?: readonly string[];
  readonly acrs?: readonly string[];
  readonly without?: readonly string[];
  readonly expired?: true;
}

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
  const url = URL.parse(entra);
  if (url === null || !isLoopback(url.hostname)) {
    throw new UsageError(`--entra ${entra} must be the address of a local Entra, such as ${defaultEntraUrl}`);
  }
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
  const answer = response && (await readBounded(response, answerBytes).catch(() => undefined));
  const text = answer?.ok ? answer.value : "";
  if (response?.status === 400) throw new UsageError(text.trim());
  if (response?.ok !== true || !/^[\w-]+(?:\.[\w-]+){2}$/.test(text)) {
    throw new UsageError(
      `no local Entra answers at ${url.origin}: start it with npx entra-gate dev, or pass the address that it prints with --entra`,
    );
  }
  return text;
}

/** Whether the error of `fetch` comes from a certificate, by the codes of OpenSSL and Node. */
function isAboutCertificate({ cause }: Error): boolean {
  return /CERT|SIGNATURE/.test(String((cause as NodeJS.ErrnoException | undefined)?.code));
}
