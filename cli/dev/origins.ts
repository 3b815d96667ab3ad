import { connect } from "node:net";
import { isLoopback } from "../../src/cli-exports/common.ts";
import { type Environment, isOriginName, type Mode, prefixOf, zone } from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { type GateCode, tableOf, unnamedOrigin } from "../project/gate-code.ts";

/** An origin of the worker on this machine, or the one of `--origin`. */
export interface LocalOrigin {
  readonly isSample: boolean;
  readonly url: string;
}

/** Origins by the names that routes have for them, see `DeclaredRoute.origin`. */
export type LocalOrigins = ReadonlyMap<string, LocalOrigin>;

const example = "http://127.0.0.1:3000";
/** How long an origin on this machine may take to accept a connection. */
const connectMilliseconds = 1_000;

/** Lists the variables of origins, such as ORIGIN_BILLING_URL, with their values. */
export function listUrls(origins: LocalOrigins): Readonly<Record<string, string>> {
  return Object.fromEntries([...origins].map(([name, { url }]) => [urlVariable(name), url]));
}

/** Whether both have the same names. */
export function isForSame(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  return one.size === other.size && [...one.keys()].every((name) => other.has(name));
}

function urlVariable(name: string): string {
  return `${bindingOf(name)}_URL`;
}

function bindingOf(name: string): string {
  return name === unnamedOrigin ? name : prefixOf(name);
}

/**
 * Reads the values of `--origin`: `http://127.0.0.1:3000`, or `billing=http://127.0.0.1:3000` for an origin with a
 * name.
 *
 * @param environment of the project. An origin with a binding gets its requests through it.
 * @throws UsageError that names the value
 */
export function readOrigins(values: readonly string[], environment: Environment): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  for (const value of values) {
    const refuse = (problem: string) => new UsageError(`--origin ${value} ${problem}`);
    const [, name = unnamedOrigin, address = ""] = /^(?:([^=/:]*)=)?(.*)$/s.exec(value) ?? [];
    if (name === zone) throw refuse("cannot replace the zone's own origin, which no server on this machine is");
    if (name !== unnamedOrigin && isOriginName(name) !== true) {
      throw refuse(`has no name of an origin before =: write billing=${example} for origin({ to: "billing" })`);
    }
    if (!/^https?:$/.test(URL.parse(address)?.protocol ?? "")) {
      throw refuse(`must be a URL, such as ${example}, or a name and a URL, such as billing=${example}`);
    }
    if (read.has(name)) throw refuse(`is a second URL of the same origin, which already has ${read.get(name)}`);
    if (typeof environment[bindingOf(name)] === "object") {
      throw refuse(
        `cannot be used while the configuration has a service binding ${bindingOf(name)}, which gets the requests`,
      );
    }
    read.set(name, address);
  }
  return read;
}

/**
 * Lists the origins to which the code forwards. The zone's own is not among them.
 *
 * @returns with code that does not show its routes, the one without a name, and each whose URL the project has
 */
export function listForwarded(code: GateCode, environment: Environment, onWorkers: boolean): readonly string[] {
  if (code.problem !== undefined) return [unnamedOrigin, ...listConfigured(environment)];
  const { serving } = tableOf(code).createContext(onWorkers);
  const forwards = serving?.forwards(environment.GATE_MODE as Mode) === true;
  const named = [...(serving?.origins?.() ?? [])].flatMap((name) => (name === zone ? [] : (name ?? [])));
  return [...(forwards ? [unnamedOrigin] : []), ...named];
}

/** Lists the names of the origins whose URL is a variable. */
function listConfigured(environment: Environment): readonly string[] {
  return Object.keys(environment)
    .map((variable) => /^ORIGIN_([A-Z0-9_]+)_URL$/.exec(variable)?.[1]?.toLowerCase())
    .filter((name) => name !== undefined && name !== zone && isOriginName(name) === true) as string[];
}

/** @throws UsageError if `--origin` names an origin to which no route forwards */
export function checkNames(wanted: ReadonlyMap<string, string>, forwarded: readonly string[]): void {
  for (const [name, url] of wanted) {
    if (name === unnamedOrigin || forwarded.includes(name)) continue;
    const names = forwarded.filter((each) => each !== unnamedOrigin);
    const fix = names.length > 0 ? `routes name ${names.join(", ")}` : `write --origin ${url}, or a route with it`;
    throw new UsageError(`--origin ${name}=${url} is for origin({ to: "${name}" }), which no route has: ${fix}`);
  }
}

/**
 * Finds where an origin is: the one of `--origin`, or the one of the project if it runs on this machine. Requests with
 * tokens of the local Entra never go to a server elsewhere, unless `--origin` names it.
 *
 * @returns `undefined` if it needs a sample; `"binding"` if a binding gets its requests
 */
export async function findOrigin(
  name: string,
  wanted: ReadonlyMap<string, string>,
  environment: Environment,
): Promise<LocalOrigin | "binding" | undefined> {
  const given = wanted.get(name);
  if (given !== undefined) return { isSample: false, url: given };
  if (typeof environment[bindingOf(name)] === "object") return "binding";
  const text = String(environment[urlVariable(name)] ?? "");
  const own = URL.parse(text);
  return own !== null && (await isRunning(own)) ? { isSample: false, url: text } : undefined;
}

/** Whether a program on this machine listens there. */
function isRunning(url: URL): Promise<boolean> {
  if (!isLoopback(url.hostname)) return Promise.resolve(false);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const socket = connect({ host, port: Number(url.port || (url.protocol === "https:" ? 443 : 80)) });
  socket.setTimeout(connectMilliseconds);
  return new Promise((resolve) => {
    const settle = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once("connect", () => settle(true));
    socket.once("error", () => settle(false));
    socket.once("timeout", () => settle(false));
  });
}
