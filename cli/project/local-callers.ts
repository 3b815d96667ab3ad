import {
  type Alternative,
  defaultAuthority,
  defaultRequirement,
  type Environment,
  listAlternatives,
  listAuthorities,
  listRequirements,
  type Requirement,
} from "../../src/cli-exports/policy.ts";
import type { DeclaredRoute, RouteTable } from "./gate-code.ts";
import { allTraits, type TokenOptions } from "./traits.ts";

/** A gate that trusts the local Entra. */
export interface LocalGate {
  /** Variables of the worker. */
  readonly environment: Environment;
  /** Origins of the authorities with a name, without a slash at the end. */
  readonly authorityUrls: ReadonlyMap<string, string>;
  /** Paths of the MCP servers that the gate protects. */
  readonly resourcePaths: readonly string[];
}

/** A request to a route. */
export interface RouteRequest {
  readonly method: string;
  readonly path: string;
}

/** More alternatives of a route are most likely generated lists. */
const alternativesMaximum = 20_000;

/** Gives one value to each parameter and wildcard of a route. @param name method and path as declared */
export function createRequest(name: string): RouteRequest {
  const [method = "GET", pattern = "/"] = name.split(" ");
  return { method, path: pattern.replaceAll(/:\w+(?:\{[^}]*\})?\??|\*/g, "1") };
}

/**
 * Names a request without a route as a route that callers of the default requirement may call, unless the code has
 * none.
 */
export function createRestRoute({ rest, find }: RouteTable): DeclaredRoute | undefined {
  const path = ["/orders", "/YOUR/PATH"].find((free) => find("GET", free).name === rest.name);
  const isDefault = rest.access?.kind === "default" && rest.noRoute === undefined;
  return isDefault && path !== undefined ? { ...rest, name: `GET ${path} (${rest.name})` } : undefined;
}

/** The message with which every client of MCP begins. */
const message = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "curl", version: "1.0.0" } },
});

/** Whether a request begins a session with an MCP server. */
export function isOfMcp({ method, path }: RouteRequest, { resourcePaths }: Pick<LocalGate, "resourcePaths">): boolean {
  return method === "POST" && resourcePaths.includes(path);
}

/** Creates a body that a handler can read: JSON, whose contents are the user's; `undefined` if the method has none. */
export function createBody(request: RouteRequest, gate: Pick<LocalGate, "resourcePaths">): string | undefined {
  if (isOfMcp(request, gate)) return message;
  return /^(?:POST|PUT|PATCH)$/.test(request.method) ? "{}" : undefined;
}

/** The default requirement; `undefined` if none is configured. */
export function findDefault({ environment }: Pick<LocalGate, "environment">): Requirement | undefined {
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

/** Lists what callers of a route need, to try it with one of them; nothing if there is too much. */
export function listTried(
  { access }: Pick<DeclaredRoute, "access">,
  gate: Pick<LocalGate, "environment">,
): readonly Alternative[] {
  if (access === undefined) return [];
  return listAlternatives(listRequirements(access, findDefault(gate)), alternativesMaximum) ?? [];
}

/** Chooses the first alternative for the callers of each authority that is served here. */
export function listPerAuthority(
  alternatives: readonly Alternative[],
  { authorityUrls }: Pick<LocalGate, "authorityUrls">,
): readonly Alternative[] {
  return [defaultAuthority, ...authorityUrls.keys()].flatMap((authority) => {
    const own = alternatives.find((each) => listAuthorities(each).includes(authority));
    return own === undefined ? [] : [{ ...own, from: [authority] }];
  });
}

/**
 * Chooses a token that meets an alternative, unless it names a tenant or a client that the local Entra does not have.
 */
export function chooseToken(alternative: Alternative, gate: Pick<LocalGate, "resourcePaths">): TokenOptions {
  const options: TokenOptions = Object.assign({}, ...allTraits.map((trait) => trait.chooseToken(alternative)));
  // Authorities with a name have one API, and no client of MCP.
  if (!listAuthorities(alternative).includes(defaultAuthority)) return options;
  const client = gate.resourcePaths.length > 0 && options.client === undefined && { client: ["mcp"] };
  return { ...chooseApi(gate), ...client, ...options };
}

/** Chooses the API that tokens of the default authority are for. */
export function chooseApi({ resourcePaths }: Pick<LocalGate, "resourcePaths">): TokenOptions {
  return resourcePaths.length > 0 ? { api: ["mcp-api"] } : {};
}
