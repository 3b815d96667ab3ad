import { requireAuthorityName } from "../../entra/directory/authority-name.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { createAuthorityVariables, describeCustomers } from "../../entra/directory/customer-directory.ts";
import type { Directory } from "../../entra/directory/model.ts";
import type { Entra } from "../../entra/entra.ts";
import { createLocalEntra } from "../../entra/server/entra.ts";
import type { NamedAuthority } from "../../entra/server/local.ts";
import { refuseForeign, serverPages } from "../../entra/server/pages.ts";
import { describeCause } from "../../src/cli-exports/common.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import { createGateVars } from "../common/gate-vars.ts";
import {
  type LoopbackServer,
  PortTakenError,
  portMaximum,
  readPort,
  serveFetch,
  startOnNextPort,
  type TlsIdentity,
} from "../common/loopback.ts";
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
  const names = readNames(options.authority ?? []);
  const directory = options.config === undefined ? undefined : readConfigFile(options.config);
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const keys = options.keys === undefined ? undefined : await readKeyFile(options.keys, nowSeconds);
  const asked = waitForSignal();
  // A gate accepts these issuers only of an https authority.
  const isHttps = options.https || options.external !== undefined;
  const tls = isHttps ? await createServerIdentity(folder, nowSeconds) : undefined;
  const external = options.external && { issuerHost: options.external };
  const authorities = new Map<string, NamedAuthority>();
  const entra = createLocalEntra({
    ...(directory && { directory }),
    ...keys,
    ...(names.length === 0 && external),
    authorities,
  });
  const started = serveEntra(entra, tls, (listen) =>
    options.takesNextPort ? startOnNextPort(port, listen) : listen(port),
  );
  const server = await started.catch((error) => {
    if (!(error instanceof PortTakenError)) throw error;
    throw new UsageError(`port ${port} is taken: stop the program that uses it, or pass --port 0 for any free port`);
  });
  const servers = [server];
  const own = portOf(server);
  if (port !== 0 && own !== port) printError(`Port ${port} is taken: the local Entra uses ${own}.`);
  for (const name of names) {
    const named = createLocalEntra({ directory: createDirectory(describeCustomers(name)), ...external });
    const next = port === 0 ? 0 : Math.min(own + servers.length, portMaximum);
    const { url, stop } = await serveEntra(named, tls, (listen) => startOnNextPort(next, listen));
    servers.push({ url, stop });
    authorities.set(name, { entra: named, url });
  }
  const certificate = isHttps ? findAuthorityCertificate(folder) : undefined;
  const variables = {
    ...(options.config === undefined ? createGateVars(server.url) : { ENTRA_AUTHORITY: server.url }),
    ...Object.assign({}, ...[...authorities].map(([name, { url }]) => createAuthorityVariables(name, url))),
  };
  const urls = new Map([...authorities].map(([name, { url }]) => [name, url]));
  print(formatGuide(server.url, urls, variables, certificate));
  await asked;
  await Promise.all(servers.map((each) => each.stop()));
  return exitCodes.good;
}

/** Serves a local Entra, which answers only under its own port. @param start chooses the port */
async function serveEntra(
  entra: Entra,
  tls: TlsIdentity | undefined,
  start: (listen: (port: number) => Promise<LoopbackServer>) => Promise<LoopbackServer>,
): Promise<LoopbackServer> {
  const vars: { PORT?: string } = {};
  const trusted = listPageOrigins(entra.directory);
  const answer = (request: Request) => refuseForeign(request, vars, serverPages.entra, trusted) ?? entra.fetch(request);
  const server = await start((port) => serveFetch(answer, port, tls));
  vars.PORT = String(portOf(server));
  return server;
}

function portOf({ url }: LoopbackServer): number {
  const { port, protocol } = new URL(url);
  return Number(port || (protocol === "https:" ? 443 : 80));
}

/** @throws UsageError for a name that a gate would not take, or that is there twice */
function readNames(names: readonly string[]): readonly string[] {
  for (const [index, name] of names.entries()) {
    try {
      requireAuthorityName(name);
    } catch (error) {
      throw new UsageError(`--${describeCause(error)}`);
    }
    if (names.indexOf(name) !== index) throw new UsageError(`--authority ${name} is there twice`);
  }
  return names;
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
