import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { describeCustomers } from "../../entra/directory/customer-directory.ts";
import type { Entra } from "../../entra/entra.ts";
import { createLocalEntra, type LocalEntraOptions } from "../../entra/server/entra.ts";
import type { NamedAuthority } from "../../entra/server/local.ts";
import { refuseForeign, type ServerVars, serverPages } from "../../entra/server/pages.ts";
import { describeCause } from "../../src/cli-exports/common.ts";
import type { Environment } from "../../src/cli-exports/policy.ts";
import type { OptionsOf } from "../common/command-definition.ts";
import { announceDev, type DevState } from "../common/dev-state.ts";
import { type ExitCode, exitCodes } from "../common/exit-code.ts";
import {
  findPort,
  type LoopbackServer,
  portMaximum,
  readPort,
  serveFetch,
  startOnNextPort,
} from "../common/loopback.ts";
import { startProgress, withProgress } from "../common/progress.ts";
import { waitForSignal } from "../common/signal.ts";
import { createPaint, print, printError } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import { runEntra } from "../entra/command.ts";
import { type GateCode, unnamedOrigin } from "../project/gate-code.ts";
import { loadChangedCode, loadProgram } from "../project/load-gate.ts";
import {
  createLocalVariables,
  describeReplaced,
  listAuthorityNames,
  listResourcePaths,
} from "../project/local-variables.ts";
import { findApp, findProgram, type Program } from "../project/program.ts";
import { readSettings, type Settings } from "../project/settings.ts";
import { findWranglerFile, readWrangler } from "../project/wrangler-config.ts";
import { findWrangler } from "../project/wrangler-program.ts";
import type { Server } from "./child.ts";
import type { definition } from "./definition.ts";
import { type GateListener, startGateListener } from "./gate-listener.ts";
import { formatGuide, formatRequests, type Scene } from "./guide.ts";
import { prettifyLine } from "./log-line.ts";
import { createSampleOrigin } from "./origin/origin.ts";
import {
  checkNames,
  findOrigin,
  isForSame,
  type LocalOrigin,
  type LocalOrigins,
  listForwarded,
  listUrls,
  readOrigins,
} from "./origins.ts";
import { createGateLog } from "./playground/gate-log.ts";
import { type LocalList, openLocalList } from "./playground/local-list.ts";
import { startPlayground } from "./playground/server.ts";
import { readSaved, waitForSave } from "./saves.ts";
import { startScript } from "./script.ts";
import { passVariables } from "./secret-file.ts";
import { startWrangler } from "./wrangler.ts";

type DevOptions = OptionsOf<typeof definition.options>;

/** How often Wrangler starts again if it loses a port. */
const startsAgain = 3;

/** Programs to stop, the last started first. */
type Parts = { stop(): Promise<void> }[];

/**
 * `entra-gate dev`: runs the project's own worker or script with a local Entra, and prints requests to try.
 *
 * @returns after Ctrl-C, or when the project's program has ended
 * @throws UsageError if there is nothing to run, or an option is wrong
 */
export async function runDev(options: DevOptions): Promise<ExitCode> {
  const port = readPort(options.port, 3);
  if (options.entraOnly) return runEntra({ port: String(port === 0 ? 0 : port + 1), takesNextPort: true });
  const parts: Parts = [];
  const asked = waitForSignal();
  try {
    return await runProject(port, options, parts, asked);
  } finally {
    await Promise.all(parts.map((part) => part.stop()));
  }
}

async function runProject(port: number, options: DevOptions, parts: Parts, asked: Promise<void>): Promise<ExitCode> {
  const project = findProject(process.cwd(), options);
  const wanted = readOrigins(options.origin ?? [], project.environment);
  let code = await withProgress("Loading the worker", () => loadProjectCode(project));
  if (code.problem === undefined) {
    checkNames(wanted, listForwarded(code, project.environment, project.script === undefined));
  }
  const playground = await startPlayground();
  parts.push(playground);
  const id = randomUUID();
  const authorities = new Map<string, NamedAuthority>();
  const { entra, url: entraUrl } = await startEntra(port, { instance: id, authorities }, playground.url, parts);
  const paint = createPaint(process.stdout);
  const isPretty = options.pretty === true || process.stdout.isTTY === true;
  const log = createGateLog();
  const list = await findLocalList(project, code);
  const listener = await listenForGate(port, parts);
  const started = new Map<string, LocalOrigin>();
  const findOrigins = () =>
    chooseOrigins(port === 0 ? 0 : port + authorities.size, wanted, project, code, started, parts);
  const findAuthorities = () =>
    chooseAuthorities(port, listAuthorityNames(code, project.environment), authorities, parts);
  let scene: Scene | undefined;
  let running: Server | undefined;
  let startsWithOthers = false;
  /** The requests that were printed last. */
  let shown: string | undefined;
  const reload = async (): Promise<void> => {
    code = await loadProjectCode(project);
    if (scene !== undefined && code.problem === undefined) {
      const changed = !isForSame(scene.authorityUrls, await findAuthorities())
        ? "The gate declares other authorities now."
        : isForSame(scene.origins, await findOrigins())
          ? undefined
          : "The routes name other origins now.";
      if (changed !== undefined) {
        printError(`${changed} Wrangler starts again.`);
        startsWithOthers = true;
        return running?.stop();
      }
    }
    print("Reloaded the worker.");
    const requests = scene && formatRequests(scene, code).join("\n");
    if (requests !== shown) print(`\n${requests}`);
    shown = requests;
  };

  /** Starts the server with the variables that its code needs now. */
  const start = async (): Promise<{ readonly server: Server; readonly isReady: boolean }> => {
    const authorityUrls = await findAuthorities();
    const origins = await findOrigins();
    const addresses = { gateUrl: listener.url, entraUrl, authorityUrls, originUrls: listUrls(origins) };
    const resourcePaths = listResourcePaths(code);
    for (const resourcePath of resourcePaths) entra.addMcpUri(`${addresses.gateUrl}${resourcePath}`);
    const variables = createLocalVariables(addresses, project.environment, code, project.script === undefined);
    if (scene === undefined) {
      const replaced = describeReplaced(variables, project.environment, project.sources);
      if (replaced !== undefined) printError(replaced);
      if (code.environment !== undefined) printError(ownConfiguration);
    }
    announce(project, { id, entraUrl, variables, worker: options.worker && project.main }, parts);
    const endProgress = startProgress("Starting the worker");
    const lines = {
      onLine(line: string) {
        endProgress();
        log.add(line);
        print(isPretty ? prettifyLine(line, paint) : line);
      },
      onErrorLine(line: string) {
        endProgress();
        printError(line);
      },
    };
    const startOnce = async () => {
      const server = await startServer(project, options, { listener, variables, ...lines }, () => void reload(), parts);
      parts.push(server);
      return { server, gateUrl: await Promise.race([server.ready, asked]) };
    };
    let { server, gateUrl } = await startOnce();
    for (let again = 0; gateUrl === undefined && server.hasLostPort() && again < startsAgain; again += 1) {
      printError("Another program took a port of Wrangler, which starts again.");
      await server.stop();
      ({ server, gateUrl } = await startOnce());
    }
    endProgress();
    if (gateUrl === undefined) return { server, isReady: false };
    const environment = { ...project.environment, ...variables };
    playground.connect({
      ...{ gateUrl, entraUrl, authorityUrls, environment, resourcePaths },
      onWorkers: project.script === undefined,
      code: () => code,
      log,
      ...(list && { list }),
    });
    const isFirst = scene === undefined;
    running = server;
    scene = { gateUrl, entraUrl, authorityUrls, origins, environment, resourcePaths };
    if (isFirst) {
      shown = formatRequests(scene, code).join("\n");
      print(formatGuide(scene, code));
    } else await reload();
    return { server, isReady: true };
  };

  const end = new AbortController();
  const stopped = asked.then(() => {
    end.abort();
    return true;
  });
  const folders = listFolders(project);
  for (;;) {
    let saved = readSaved(folders);
    const { server, isReady } = await start();
    const isStopped = await Promise.race([stopped, isReady ? server.ended.then(() => false) : false]);
    if (isStopped || end.signal.aborted) return exitCodes.good;
    if (startsWithOthers) {
      startsWithOthers = false;
      listener.disconnect();
      await server.stop();
      continue;
    }
    // The program of a script, and what is wrong with Wrangler itself, need the user.
    if (!server.hasMistake()) return exitCodes.bad;
    listener.disconnect();
    await server.stop();
    if (isReady) saved = readSaved(folders);
    code = await loadProjectCode(project);
    const { thrown } = code;
    if (thrown !== undefined) printError(`Mistake in the worker: ${thrown}`);
    printError(startsAtSave);
    // What was saved meanwhile can be right.
    if (!isReady || thrown !== undefined) await waitForSave(folders, saved, end.signal);
    if (end.signal.aborted) return exitCodes.good;
    code = await loadProjectCode(project);
  }
}

const startsAtSave = "The local Entra and its tokens stay. Wrangler starts again when you save a change.";

/** Folders whose files the worker is made of. */
function listFolders({ directory, main }: Project): readonly string[] {
  const isOutside = main !== undefined && path.relative(directory, main).startsWith("..");
  return isOutside ? [directory, path.dirname(main)] : [directory];
}

/** Tells the commands in the folder of the project where the local Entra is, and what the gate runs with. */
function announce(
  { directory, environment }: Project,
  { id, entraUrl, variables, worker }: Pick<DevState, "id" | "entraUrl" | "variables" | "worker">,
  parts: Parts,
): void {
  // The commands read the files of the project themselves.
  const added = Object.entries(variables).filter(([name, value]) => environment[name] !== value);
  try {
    const announced = announceDev(directory, {
      pid: process.pid,
      id,
      entraUrl,
      variables: Object.fromEntries(added),
      worker,
    });
    parts.push({ stop: async () => announced.remove() });
  } catch (error) {
    printError(
      `token and explain do not find this dev by themselves, so pass --entra ${entraUrl}: ${describeCause(error)}`,
    );
  }
}

const ownConfiguration =
  "The code configures the gate itself, so the variables of the local Entra have no effect. Read them from the environment there.";

/** What runs, and what is known about it. */
interface Project {
  readonly directory: string;
  /** Folder of the project's configuration. */
  readonly home: string;
  /** Absent in a Workers project. */
  readonly script?: Program;
  /** Whether the page of the project is not served, because Vite builds it. */
  readonly lacksAssets: boolean;
  /** Files of Wrangler that the command names: none if Wrangler finds its own. */
  readonly configs: readonly string[];
  /** Module whose routes are read. */
  readonly main: string | undefined;
  /** Variables of the gate and bindings. */
  readonly environment: Environment;
  /** File of each variable. */
  readonly sources: ReadonlyMap<string, string>;
  readonly settings: Settings;
}

function findProject(directory: string, { config, worker }: DevOptions): Project {
  const main = worker === undefined ? undefined : path.resolve(directory, worker);
  if (main !== undefined && !existsSync(main)) throw new UsageError(`--worker ${worker} does not exist`);
  const settings = readSettings(directory, {}, { ...(config !== undefined && { config }), devVars: true });
  const { wrangler, environment, sources } = settings;
  if (wrangler !== undefined) {
    findWrangler(directory);
    const configs = config === undefined ? [] : [config, ...findBound(directory, config, wrangler.services)];
    const { lacksAssets } = wrangler;
    const home = settings.directory;
    return { directory, home, configs, lacksAssets, main: main ?? wrangler.main, environment, sources, settings };
  }
  const script = findProgram(directory);
  if (script === undefined) throw new UsageError(nothingFound);
  return {
    directory,
    home: directory,
    script,
    configs: [],
    lacksAssets: false,
    main: main ?? findApp(directory, script),
    environment,
    sources,
    settings,
  };
}

/**
 * Opens the list of revocations that the gate reads in the KV namespace of Wrangler, and says if it writes an empty
 * one.
 */
async function findLocalList({ script, settings }: Project, code: GateCode): Promise<LocalList | undefined> {
  if (script !== undefined || code.options.revocations === undefined || settings.environment.REVOCATIONS === undefined)
    return undefined;
  try {
    const list = await withProgress("Reading the list of revocations", () => openLocalList(settings));
    if (list.isNew)
      printError(`Wrote an empty list of revocations to ${list.name}: without a list, the gate answers 503.`);
    return list;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    printError(
      ["The list of revocations was not read, and without one the gate answers 503:", ...error.lines].join("\n"),
    );
    return undefined;
  }
}

function loadProjectCode({ main, script, environment }: Project): Promise<GateCode> {
  return script !== undefined && main !== undefined ? loadProgram(main, environment) : loadChangedCode(main);
}

/** Finds the folder's own configuration, if its worker is bound to the worker of `--config`. */
function findBound(directory: string, config: string, services: readonly string[]): readonly string[] {
  const file = findWranglerFile(directory);
  if (!existsSync(file) || file === path.resolve(directory, config)) return [];
  const { workerName } = readWrangler(file, undefined);
  return workerName !== undefined && services.includes(workerName) ? [file] : [];
}

const nothingFound =
  "there is nothing to run here. dev looks for wrangler.json, wrangler.jsonc or wrangler.toml, for a task start or dev in deno.json, and for a script start or dev in package.json that does not call entra-gate dev";

async function listenForGate(port: number, parts: Parts): Promise<GateListener> {
  let listener: GateListener | undefined;
  await choosePort(port, "the gate", async (first) => {
    listener = await startOnNextPort(first, startGateListener);
    return Number(new URL(listener.url).port);
  });
  parts.push(listener!);
  return listener!;
}

interface Output extends Pick<Parameters<typeof startScript>[0], "variables" | "onLine" | "onErrorLine"> {
  readonly listener: GateListener;
}

async function startServer(
  { directory, home, script, configs, lacksAssets, environment }: Project,
  { worker, inspect }: DevOptions,
  { listener, variables, ...lines }: Output,
  onReload: () => void,
  parts: Parts,
): Promise<Server> {
  const ownPort = await findPort(0);
  const connect = (server: Server): Server => {
    const ready = server.ready.then((started) => {
      if (started === undefined) return undefined;
      listener.connect(Number(new URL(started).port));
      return listener.url;
    });
    return { ...server, ready };
  };
  if (script !== undefined)
    return connect(await startScript({ directory, script, port: ownPort, gateUrl: listener.url, variables, ...lines }));
  // Vite gives its own folder to Wrangler. Without one, Wrangler does not start.
  const assets = lacksAssets && { assets: createFolder(parts) };
  const passed = passVariables(home, variables, environment);
  const { folder } = passed;
  if (folder !== undefined) parts.push({ stop: () => rm(folder, { recursive: true, force: true }) });
  const server = await startWrangler({
    ...{ directory, configs, ...(worker !== undefined && { worker }), ...assets, ...lines, onReload },
    ...{ port: ownPort, gateHost: new URL(listener.url).host, variables: passed, inspects: inspect === true },
  });
  return connect(server);
}

/** Creates an empty folder, which is removed at the end. */
function createFolder(parts: Parts): string {
  const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-assets-"));
  parts.push({ stop: () => rm(folder, { recursive: true }) });
  return folder;
}

async function startEntra(
  port: number,
  options: LocalEntraOptions,
  playgroundUrl: string,
  parts: Parts,
): Promise<NamedAuthority> {
  const entra = createLocalEntra(options, playgroundUrl);
  const url = await serveEntra(entra, port === 0 ? 0 : port + 1, "the local Entra", parts);
  return { entra, url };
}

function serveEntra(entra: Entra, port: number, title: string, parts: Parts): Promise<string> {
  const vars: { PORT?: string } = {};
  const answer = (request: Request) => refuseForeign(request, vars, serverPages.entra) ?? entra.fetch(request);
  return startLocal(answer, vars, port, title, parts);
}

/**
 * Finds the local authorities with these names, or starts one for each.
 *
 * @param started those that were started before, which stay
 * @returns their addresses
 */
async function chooseAuthorities(
  port: number,
  names: readonly string[],
  started: Map<string, NamedAuthority>,
  parts: Parts,
): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  for (const name of names) {
    const known = started.get(name);
    const entra = known?.entra ?? createLocalEntra({ directory: createDirectory(describeCustomers(name)) });
    const next = port === 0 ? 0 : Math.min(port + 2 + started.size, portMaximum);
    const url = known?.url ?? (await serveEntra(entra, next, `the authority ${name}`, parts));
    started.set(name, { entra, url });
    urls.set(name, url);
  }
  return urls;
}

/** Starts a program on a port, or on the next free one, and tells it under which port it answers. */
async function startLocal(
  answer: (request: Request) => Response | Promise<Response>,
  vars: { PORT?: string },
  port: number,
  name: string,
  parts: Parts,
): Promise<string> {
  let server: LoopbackServer | undefined;
  await choosePort(port, name, async (first) => {
    server = await startOnNextPort(first, (each) => serveFetch(answer, each));
    return Number(new URL(server.url).port);
  });
  parts.push(server!);
  vars.PORT = new URL(server!.url).port;
  return server!.url;
}

/** Says that a program uses another port than the wanted one. */
async function choosePort(wanted: number, name: string, choose: (wanted: number) => Promise<number>): Promise<number> {
  const port = await choose(wanted);
  if (wanted !== 0 && port !== wanted) printError(`Port ${wanted} is taken: ${name} uses ${port}.`);
  return port;
}

/**
 * Finds the origins to which the code forwards, or starts a sample for each.
 *
 * @param wanted values of `--origin`
 * @param started origins that were found before, which stay
 */
async function chooseOrigins(
  port: number,
  wanted: ReadonlyMap<string, string>,
  { environment, script }: Project,
  code: GateCode,
  started: Map<string, LocalOrigin>,
  parts: Parts,
): Promise<LocalOrigins> {
  const forwarded = new Set([...listForwarded(code, environment, script === undefined), ...wanted.keys()]);
  const chosen = new Map<string, LocalOrigin>();
  for (const name of forwarded) {
    const found = started.get(name) ?? (await findOrigin(name, wanted, environment));
    if (found === "binding") continue;
    const origin = found ?? { isSample: true, url: await startSample(name, port, started.size, parts) };
    started.set(name, origin);
    chosen.set(name, origin);
  }
  return chosen;
}

/** @param index of the origin, which follows the local Entra */
function startSample(name: string, port: number, index: number, parts: Parts): Promise<string> {
  const vars: ServerVars & { PORT?: string } = {};
  const sample = createSampleOrigin(vars);
  const next = port + 2 + index;
  const first = port === 0 || next > portMaximum ? 0 : next;
  const title = name === unnamedOrigin ? "the origin" : `the origin ${name}`;
  return startLocal((request) => sample.fetch(request), vars, first, title, parts);
}
