import type { Directory } from "../../entra/directory/model.ts";
import { createLocalEntra } from "../../entra/server/entra.ts";
import { refuseForeign, serverPages } from "../../entra/server/pages.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { createGateVars } from "../common/gate-vars.ts";
import { PortTakenError, serveFetch, startOnNextPort } from "../common/loopback.ts";
import { waitForSignal } from "../common/signal.ts";
import { print, printError } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import {
  createServerIdentity,
  findAuthorityCertificate,
  findAuthorityFolder,
  forgetAuthority,
} from "./authority-files.ts";
import { readConfigFile } from "./config-file.ts";
import type { definition } from "./definition.ts";
import { formatGuide } from "./guide.ts";
import { readKeyFile } from "./key-file.ts";

interface EntraOptions extends OptionsOf<typeof definition.options> {
  /** Whether it uses the next free port if another program has the given one. */
  readonly takesNextPort?: true;
}

const portMaximum = 65_535;

/**
 * `entra-gate entra`: serves the local Entra on this machine.
 *
 * @returns after Ctrl-C, or when the authority of https is removed
 * @throws UsageError if an option is wrong, or the port is taken
 */
export async function runEntra(options: EntraOptions): Promise<ExitCode> {
  const folder = findAuthorityFolder();
  if (options.forget) return forget(folder);
  const port = readPort(options.port);
  const directory = options.config === undefined ? undefined : readConfigFile(options.config);
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const keys = options.keys === undefined ? undefined : await readKeyFile(options.keys, nowSeconds);
  const asked = waitForSignal();
  // A gate accepts these issuers only of an https authority.
  const isHttps = options.https || options.external !== undefined;
  const tls = isHttps ? await createServerIdentity(folder, nowSeconds) : undefined;
  const entra = createLocalEntra({
    ...(directory && { directory }),
    ...keys,
    ...(options.external && { issuerHost: options.external }),
  });
  const vars: { PORT?: string } = {};
  const trusted = listPageOrigins(entra.directory);
  const answer = (request: Request) => refuseForeign(request, vars, serverPages.entra, trusted) ?? entra.fetch(request);
  const listen = (each: number) => serveFetch(answer, each, tls);
  const started = options.takesNextPort ? startOnNextPort(port, listen) : listen(port);
  const server = await started.catch((error) => {
    if (!(error instanceof PortTakenError)) throw error;
    throw new UsageError(`port ${port} is taken: stop the program that uses it, or pass --port 0 for any free port`);
  });
  vars.PORT = String(new URL(server.url).port || (isHttps ? 443 : 80));
  if (port !== 0 && vars.PORT !== String(port)) {
    printError(`Port ${port} is taken: the local Entra uses ${vars.PORT}.`);
  }
  const certificate = isHttps ? findAuthorityCertificate(folder) : undefined;
  const variables = options.config === undefined ? createGateVars(server.url) : { ENTRA_AUTHORITY: server.url };
  print(formatGuide(server.url, variables, certificate));
  await asked;
  await server.stop();
  return exitCodes.good;
}

/** Origins of the pages of single-page applications: they redeem codes and refresh tokens themselves. */
function listPageOrigins({ apps }: Directory): readonly string[] {
  return apps.flatMap(({ redirectUris }) => redirectUris.spa.map((uri) => new URL(uri).origin));
}

async function forget(folder: string): Promise<ExitCode> {
  const removed = await forgetAuthority(folder);
  print(
    removed
      ? `Removed the authority of ${folder}. Remove it from the browsers and systems that trust it, too.`
      : `There is no authority in ${folder}.`,
  );
  return exitCodes.good;
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= portMaximum) return port;
  throw new UsageError(`--port ${text} must be a port from 1 to ${portMaximum}, or 0 for any free port`);
}
