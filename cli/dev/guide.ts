import {
  type Alternative,
  defaultAuthority,
  defaultRequirement,
  describeRequirements,
  type Environment,
  listAlternatives,
  listAuthorities,
  listRequirements,
  type Requirement,
} from "../../src/cli-exports/policy.ts";
import { defaultEntraUrl } from "../common/shared-options.ts";
import { showText } from "../common/terminal.ts";
import { type DeclaredRoute, type GateCode, tableOf, unnamedOrigin } from "../project/gate-code.ts";
import { allTraits } from "../project/traits.ts";
import type { LocalOrigins } from "./origins.ts";

/** The running programs. Addresses are origins, without a slash at the end. */
export interface Scene {
  readonly gateUrl: string;
  readonly entraUrl: string;
  /** Authorities with a name. */
  readonly authorityUrls: ReadonlyMap<string, string>;
  /** Servers to which the worker forwards. */
  readonly origins: LocalOrigins;
  /** Variables of the worker. */
  readonly environment: Environment;
  /** Paths of the MCP servers that the gate protects. */
  readonly resourcePaths: readonly string[];
}

/** A request to paste. */
interface Trial {
  readonly title: string;
  /** Status of the answer; absent if it depends on the code of a handler. */
  readonly status?: number;
  /** Options of `entra-gate token`; absent for a request without a token. */
  readonly token?: readonly string[];
  readonly method: string;
  readonly path: string;
}

/** The guide shows this many routes of a worker. */
const shownRoutes = 8;
/** More alternatives of a route are most likely generated lists. */
const alternativesMaximum = 20_000;
const addition = "If it requires a scope or a role, add --scope NAME or --role NAME";

/** The last line of the guide. */
const end = "Ctrl-C stops.";

/** What `entra-gate dev` prints: the addresses, and requests to paste with the answer that each gets. */
export function formatGuide(scene: Scene, code: GateCode): string {
  const { gateUrl, entraUrl, authorityUrls, origins } = scene;
  return [
    "",
    ...formatAddresses([
      ["Gate", gateUrl],
      ["Local Entra", entraUrl],
      ...[...authorityUrls].map(([name, url]) => [`Authority ${name}`, url] as const),
      ...[...origins].map(([name, { isSample, url }]) => {
        const title = isSample ? "Sample origin" : "Origin";
        return [name === unnamedOrigin ? title : `${title} ${name}`, url] as const;
      }),
      ["Playground", `${entraUrl}/local/playground/`],
    ]),
    "",
    ...formatRequests(scene, code),
    end,
  ].join("\n");
}

function formatAddresses(addresses: readonly (readonly [name: string, url: string])[]): readonly string[] {
  const width = Math.max(...addresses.map(([name]) => name.length));
  return addresses.map(([name, url]) => `${name.padEnd(width)} ${url}`);
}

/** Writes the requests to the routes that the code declares. If it shows none, one to complete. */
export function formatRequests(scene: Scene, code: GateCode): readonly string[] {
  return listTrials(scene, code).flatMap((trial) => [...formatTrial(trial, scene), ""]);
}

/** The message with which every client of MCP begins. */
const message = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "curl", version: "1.0.0" } },
});
const messageOptions = ` -H "Content-Type: application/json" -H "Accept: application/json, text/event-stream" -d '${message}'`;

/** A body that a handler can read. Its contents are the user's. */
const jsonOptions = ` -H "Content-Type: application/json" -d '{}'`;

function formatTrial({ title, status, token, method, path }: Trial, scene: Scene): readonly string[] {
  const { gateUrl, entraUrl, resourcePaths } = scene;
  const verb = method === "GET" ? "" : ` -X ${method}`;
  const header = token === undefined ? "" : ` -H "Authorization: Bearer $(${writeToken(token, entraUrl)})"`;
  const isMessage = method === "POST" && resourcePaths.includes(path);
  const body = isMessage ? messageOptions : /^(?:POST|PUT|PATCH)$/.test(method) ? jsonOptions : "";
  return [
    `# ${title}${status === undefined ? "" : `: ${status}`}`,
    `curl -i${verb}${header}${body} ${quote(`${gateUrl}${path}`)}`,
  ].map(showText);
}

/** The command that prints the token. It names the local Entra only if it is not on its default port. */
function writeToken(options: readonly string[], entraUrl: string): string {
  const place = entraUrl === defaultEntraUrl ? [] : ["--entra", entraUrl];
  return ["npx entra-gate token", ...place, ...options].join(" ");
}

function listTrials(scene: Scene, code: GateCode): readonly Trial[] {
  const complete = (why: string): Trial => ({
    title: `${why}: replace YOUR/PATH. ${addition}`,
    token: tokenFor(listTried(listRequirements({ kind: "default" }, findDefault(scene)))[0] ?? { kind: "user" }, scene),
    method: "GET",
    path: "/YOUR/PATH",
  });
  if (code.problem !== undefined) return [complete("The worker does not show its routes")];
  const { routes, rest, find } = tableOf(code);
  const isTour = code.table === undefined && rest.access?.kind === "default";
  const free = ["/orders", "/YOUR/PATH"].find((target) => find("GET", target).name === rest.name);
  const tour = isTour && free !== undefined ? createTour({ ...rest, name: `GET ${free} (${rest.name})` }, scene) : [];
  if (routes.length > 0) {
    const entries = routes.slice(0, shownRoutes);
    const shown = entries.flatMap((entry) => createTrials(entry, scene));
    const areOpen = entries.every(({ access }) => access?.kind === "public") && rest.access?.kind === "default";
    return [
      ...shown,
      ...(routes.length > shownRoutes ? [complete("Other routes")] : []),
      ...(hasNames(scene) && rest.origin !== undefined ? tour : []),
      // The worker behind the gate has routes that the gate does not know.
      ...(areOpen ? createTrials({ ...rest, name: `GET /YOUR/PATH (${rest.name})` }, scene) : []),
    ];
  }
  return tour.length > 0 ? tour : [complete("The worker declares no routes")];
}

/** Requests to a gate that forwards everything, with every way in which it refuses a token. */
function createTour(entry: DeclaredRoute, scene: Scene): readonly Trial[] {
  const [, path = ""] = entry.name.split(" ");
  const target = { method: "GET", path };
  return [
    ...createTrials(entry, scene),
    { title: "No token", status: 401, ...target },
    { title: "Another tenant", status: 401, token: ["--persona", "outsider"], ...target },
    { title: "An expired token", status: 401, token: ["--expired"], ...target },
    { title: "A token without the claim that names its tenant", status: 401, token: ["--without", "tid"], ...target },
  ];
}

/** A request that the route allows, and one that it refuses. */
function createTrials(entry: DeclaredRoute, scene: Scene): readonly Trial[] {
  const { name, access } = entry;
  const [method = "GET", pattern = "/"] = name.split(" ");
  // One value for each parameter and wildcard.
  const target = { method, path: pattern.replaceAll(/:\w+(?:\{[^}]*\})?\??|\*/g, "1") };
  if (access?.kind === "public") return [{ title: `${name}: public`, ...target }];
  const withoutToken = { title: `${name} without a token`, status: 401, ...target };
  if (access === undefined) {
    const title = `${name}: its requirement is unknown. ${addition}`;
    return [{ title, token: tokenFor({ kind: "user" }, scene), ...target }];
  }
  const requirements = listRequirements(access, findDefault(scene));
  const alternatives = listTried(requirements);
  const [alternative] = alternatives;
  if (alternative === undefined) return [withoutToken];
  const place = hasNames(scene) && entry.origin !== undefined ? `, to ${entry.origin}` : "";
  const allowed = listPerAuthority(alternatives, scene).map((own) => ({
    title: `${name}${place}${nameAuthority(own, scene)}: ${describeRequirements(requirements)}`,
    ...(isEchoed(entry, method, scene) && { status: 200 }),
    token: tokenFor(own, scene),
    ...target,
  }));
  // Report mode does not admit a caller of another authority.
  const foreign = createForeign(name, alternatives, scene, target);
  const refused = isReported(entry, scene)
    ? undefined
    : createRefused(name, alternatives, alternative.kind, scene, target);
  return [...allowed, foreign ?? refused ?? withoutToken];
}

/** The first alternative for the callers of each authority that is served here. */
function listPerAuthority(alternatives: readonly Alternative[], { authorityUrls }: Scene): readonly Alternative[] {
  return [defaultAuthority, ...authorityUrls.keys()].flatMap((authority) => {
    const own = alternatives.find((each) => listAuthorities(each).includes(authority));
    return own === undefined ? [] : [{ ...own, from: [authority] }];
  });
}

/** Whose token a request has, if there is a choice. */
function nameAuthority(own: Alternative, { authorityUrls }: Scene): string {
  return authorityUrls.size === 0 ? "" : ` from ${listAuthorities(own).join(" or ")}`;
}

/** A request of a caller whose authority no alternative names; `undefined` if all are named. */
function createForeign(
  name: string,
  alternatives: readonly Alternative[],
  scene: Scene,
  target: Pick<Trial, "method" | "path">,
): Trial | undefined {
  const isNamed = (authority: string) => alternatives.some((own) => listAuthorities(own).includes(authority));
  const foreign = [...scene.authorityUrls.keys(), defaultAuthority].find((authority) => !isNamed(authority));
  if (foreign === undefined || scene.authorityUrls.size === 0) return undefined;
  // The authority is checked first, so that nothing else of the token matters.
  const token = tokenFor({ kind: "user", from: [foreign] }, scene);
  return { title: `${name} from ${foreign}`, status: 403, token, ...target };
}

/** Whether a route names an origin. */
function hasNames({ origins }: Scene): boolean {
  return [...origins.keys()].some((name) => name !== unnamedOrigin);
}

/** Whether a sample origin answers the request, which nothing else reads. */
function isEchoed({ origin, validates }: DeclaredRoute, method: string, { origins }: Scene): boolean {
  return method === "GET" && validates !== true && origin !== undefined && origins.get(origin)?.isSample === true;
}

function findDefault({ environment }: Scene): Requirement | undefined {
  const list = (name: string) =>
    String(environment[name] ?? "")
      .split(/[\s,]+/)
      .filter((item) => item !== "");
  return defaultRequirement({
    requiredScopes: list("ENTRA_REQUIRED_SCOPE"),
    requiredRoles: list("ENTRA_REQUIRED_ROLE"),
    requiredGroups: list("ENTRA_REQUIRED_GROUP"),
  });
}

/** What callers of a route need, to try it with one of them; none if there are too many. */
function listTried(requirements: readonly Requirement[]): readonly Alternative[] {
  return listAlternatives(requirements, alternativesMaximum) ?? [];
}

/** In report mode, policy refuses nobody. */
function isReported({ mode }: DeclaredRoute, { environment }: Scene): boolean {
  return (mode ?? environment.GATE_MODE) === "report";
}

/**
 * A request of a caller that Entra knows and the route refuses; `undefined` if that depends on more than the route.
 *
 * @param kind of the callers that the route is for, of which one is preferred
 */
function createRefused(
  name: string,
  alternatives: readonly Alternative[],
  kind: Alternative["kind"],
  scene: Scene,
  target: Pick<Trial, "method" | "path">,
): Trial | undefined {
  const strangers = allTraits.flatMap(({ stranger }) => stranger ?? []);
  const refused = strangers
    .toSorted((one, other) => Number(other.kind === kind) - Number(one.kind === kind))
    .find((stranger) => alternatives.every((own) => own.kind !== stranger.kind || stranger.isRefused(own)));
  if (refused === undefined) return undefined;
  const { title, options } = refused;
  return { title: `${name} for ${title}`, status: 403, token: [...apiOption(scene), ...options], ...target };
}

/** Options of a token that meets an alternative, unless it names a tenant or a client that the local Entra does not have. */
function tokenFor(alternative: Alternative, scene: Scene): readonly string[] {
  const options = allTraits.flatMap(({ listOptions }) => listOptions(alternative));
  // Authorities with a name have one API, and no client of MCP.
  const isNamed = !listAuthorities(alternative).includes(defaultAuthority);
  const client = scene.resourcePaths.length > 0 && !options.includes("--client") ? ["--client", "mcp"] : [];
  return [...(isNamed ? [] : [...apiOption(scene), ...client]), ...options.map(quote)];
}

function apiOption({ resourcePaths }: Scene): readonly string[] {
  return resourcePaths.length > 0 ? ["--api", "mcp-api"] : [];
}

/** For a POSIX shell, inside double quotes too. */
function quote(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
