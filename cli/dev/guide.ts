import { isDeepStrictEqual } from "node:util";
import {
  type Alternative,
  defaultAuthority,
  describeRequirements,
  listAuthorities,
  listRequirements,
  methods,
} from "../../src/cli-exports/policy.ts";
import { defaultEntraUrl } from "../common/shared-options.ts";
import { showText } from "../common/terminal.ts";
import { type DeclaredRoute, type GateCode, tableOf, unnamedOrigin } from "../project/gate-code.ts";
import {
  chooseApi,
  chooseToken,
  createBody,
  createRequest,
  createRestRoute,
  findDefault,
  isOfMcp,
  type LocalGate,
  listPerAuthority,
  listTried,
  type RouteRequest,
} from "../project/local-callers.ts";
import { allTraits, type TokenOptions } from "../project/traits.ts";
import type { LocalOrigins } from "./origins.ts";

/** The running programs. Addresses are origins, without a slash at the end. */
export interface Scene extends LocalGate {
  readonly gateUrl: string;
  readonly entraUrl: string;
  /** Servers to which the worker forwards. */
  readonly origins: LocalOrigins;
}

/** A request to paste. */
interface Trial extends RouteRequest {
  readonly title: string;
  /** Status of the answer; absent if it depends on the code of a handler. */
  readonly status?: number;
  /** Absent for a request without a token. */
  readonly token?: TokenOptions;
}

/** The guide shows this many routes of a worker. */
const shownRoutes = 8;
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

function formatTrial(trial: Trial, scene: Scene): readonly string[] {
  const { title, status, token, method, path } = trial;
  const { gateUrl, entraUrl } = scene;
  const verb = method === "GET" ? "" : ` -X ${method}`;
  const header = token === undefined ? "" : ` -H "Authorization: Bearer $(${writeToken(token, entraUrl)})"`;
  const accept = isOfMcp(trial, scene) ? ' -H "Accept: application/json, text/event-stream"' : "";
  const body = createBody(trial, scene);
  const data = body === undefined ? "" : ` -H "Content-Type: application/json"${accept} -d '${body}'`;
  return [
    `# ${title}${status === undefined ? "" : `: ${status}`}`,
    `curl -i${verb}${header}${data} ${quote(`${gateUrl}${path}`)}`,
  ].map(showText);
}

/** The command that prints the token. It names the local Entra only if it is not on its default port. */
function writeToken(token: TokenOptions, entraUrl: string): string {
  const place = entraUrl === defaultEntraUrl ? [] : ["--entra", entraUrl];
  const options = Object.entries(token).flatMap(([name, values]) => [`--${name}`, ...values.map(quote)]);
  return ["npx entra-gate token", ...place, ...options].join(" ");
}

function listTrials(scene: Scene, code: GateCode): readonly Trial[] {
  const complete = (why: string): Trial => ({
    title: `${why}: replace YOUR/PATH. ${addition}`,
    token: chooseToken(listTried({ access: { kind: "default" } }, scene)[0] ?? { kind: "user" }, scene),
    method: "GET",
    path: "/YOUR/PATH",
  });
  if (code.problem !== undefined) return [complete("The worker does not show its routes")];
  const table = tableOf(code);
  const { routes, rest } = table;
  const toured = code.table === undefined ? createRestRoute(table) : undefined;
  const tour = toured === undefined ? [] : createTour(toured, scene);
  if (routes.length > 0) {
    const merged = mergeMethods(routes);
    const entries = merged.slice(0, shownRoutes);
    const shown = entries.flatMap((entry) => createTrials(entry, scene));
    const areOpen = entries.every(({ access }) => access?.kind === "public") && rest.access?.kind === "default";
    return [
      ...shown,
      ...(merged.length > shownRoutes ? [complete("Other routes")] : []),
      ...(hasNames(scene) && rest.origin !== undefined ? tour : []),
      // The worker behind the gate has routes that the gate does not know.
      ...(areOpen ? createTrials({ ...rest, name: `GET /YOUR/PATH (${rest.name})` }, scene) : []),
    ];
  }
  return tour.length > 0 ? tour : [complete("The worker declares no routes")];
}

/** Shows a path once if `app.all` declared it: a route for GET stands for those with the same requirement. */
function mergeMethods(routes: readonly DeclaredRoute[]): readonly DeclaredRoute[] {
  const pathOf = ({ name }: DeclaredRoute) => name.slice(name.indexOf(" "));
  return routes.filter((entry) => {
    const alike = routes.filter(
      (each) => pathOf(each) === pathOf(entry) && isDeepStrictEqual(each.access, entry.access),
    );
    return alike.length < methods.length - 1 || alike[0] === entry;
  });
}

/** Requests to a gate that forwards everything, with every way in which it refuses a token. */
function createTour(entry: DeclaredRoute, scene: Scene): readonly Trial[] {
  const target = createRequest(entry.name);
  return [
    ...createTrials(entry, scene),
    { title: "No token", status: 401, ...target },
    { title: "Another tenant", status: 401, token: { persona: ["outsider"] }, ...target },
    { title: "An expired token", status: 401, token: { expired: [] }, ...target },
    { title: "A token without the claim that names its tenant", status: 401, token: { without: ["tid"] }, ...target },
  ];
}

/** A request that the route allows, and one that it refuses. */
function createTrials(entry: DeclaredRoute, scene: Scene): readonly Trial[] {
  const { name, access } = entry;
  const target = createRequest(name);
  if (access?.kind === "public") return [{ title: `${name}: public`, ...target }];
  const withoutToken = { title: `${name} without a token`, status: 401, ...target };
  if (access === undefined) {
    const title = `${name}: its requirement is unknown. ${addition}`;
    return [{ title, token: chooseToken({ kind: "user" }, scene), ...target }];
  }
  const requirements = listRequirements(access, findDefault(scene));
  const alternatives = listTried(entry, scene);
  const [alternative] = alternatives;
  if (alternative === undefined) return [withoutToken];
  const place = hasNames(scene) && entry.origin !== undefined ? `, to ${entry.origin}` : "";
  const allowed = listPerAuthority(alternatives, scene).map((own) => ({
    title: `${name}${place}${nameAuthority(own, scene)}: ${describeRequirements(requirements)}`,
    ...(isEchoed(entry, target, scene) && { status: 200 }),
    token: chooseToken(own, scene),
    ...target,
  }));
  // Report mode does not admit a caller of another authority.
  const foreign = createForeign(name, alternatives, scene, target);
  const refused = isReported(entry, scene)
    ? undefined
    : createRefused(name, alternatives, alternative.kind, scene, target);
  return [...allowed, foreign ?? refused ?? withoutToken];
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
  target: RouteRequest,
): Trial | undefined {
  const isNamed = (authority: string) => alternatives.some((own) => listAuthorities(own).includes(authority));
  const foreign = [...scene.authorityUrls.keys(), defaultAuthority].find((authority) => !isNamed(authority));
  if (foreign === undefined || scene.authorityUrls.size === 0) return undefined;
  // The authority is checked first, so that nothing else of the token matters.
  const token = chooseToken({ kind: "user", from: [foreign] }, scene);
  return { title: `${name} from ${foreign}`, status: 403, token, ...target };
}

/** Whether a route names an origin. */
function hasNames({ origins }: Scene): boolean {
  return [...origins.keys()].some((name) => name !== unnamedOrigin);
}

/** Whether a sample origin answers the request, which nothing else reads. */
function isEchoed({ origin, validates }: DeclaredRoute, { method }: RouteRequest, { origins }: Scene): boolean {
  return method === "GET" && validates !== true && origin !== undefined && origins.get(origin)?.isSample === true;
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
  target: RouteRequest,
): Trial | undefined {
  const strangers = allTraits.flatMap(({ stranger }) => stranger ?? []);
  const refused = strangers
    .toSorted((one, other) => Number(other.kind === kind) - Number(one.kind === kind))
    .find((stranger) => alternatives.every((own) => own.kind !== stranger.kind || stranger.isRefused(own)));
  if (refused === undefined) return undefined;
  const { title, token } = refused;
  return { title: `${name} for ${title}`, status: 403, token: { ...chooseApi(scene), ...token }, ...target };
}

/** For a POSIX shell, inside double quotes too. */
function quote(text: string): string {
  return /^[\w.:/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
