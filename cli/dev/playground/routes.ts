import { defaultAuthority } from "../../../entra/directory/authority-name.ts";
import type { PlaygroundFaultName } from "../../../entra/server/faults.ts";
import type { Alternative } from "../../../src/cli-exports/policy.ts";
import { describeAccess } from "../../project/describe-access.ts";
import { type DeclaredRoute, type GateCode, tableOf } from "../../project/gate-code.ts";
import {
  chooseToken,
  createBody,
  createRequest,
  createRestRoute,
  findDefault,
  type LocalGate,
  listPerAuthority,
  listTried,
} from "../../project/local-callers.ts";
import { listPeople } from "./people.ts";
import type { Choices } from "./token.ts";

/** A route, and a request to it. */
export interface RouteChoice {
  /** Method and path as declared. */
  readonly name: string;
  /** Who may call, as a phrase. */
  readonly callers: string;
  /** Whether the token is one that the route requires. */
  readonly passes: boolean;
  readonly choices: Choices;
}

/**
 * Lists all routes, each with a request that it allows. A route for callers of several authorities has a request for
 * each.
 *
 * @returns none if the code does not show its routes
 */
export function listRoutes(gate: LocalGate, code: GateCode): readonly RouteChoice[] {
  if (code.problem !== undefined) return [];
  const table = tableOf(code);
  const rest = createRestRoute(table);
  return [...table.routes, ...(rest === undefined ? [] : [rest])].flatMap((route) => listRequests(route, gate));
}

/** Creates the request with which the form starts: to the first route that requires a token, with one that passes. */
export function createStart(routes: readonly RouteChoice[], gate: LocalGate): Choices {
  // A client of MCP begins with POST.
  const isLater = ({ method, path }: Choices) => method !== "POST" && gate.resourcePaths.includes(path);
  const start = routes.find(({ passes, choices }) => passes && !isLater(choices)) ?? routes[0];
  const [own = anyUser] = listTried({ access: { kind: "default" } }, gate);
  return start?.choices ?? createChoices("GET /", own, gate);
}

/** A token of a user, for a route whose requirement is unknown or does not matter. */
const anyUser: Alternative = { kind: "user" };

function listRequests(route: DeclaredRoute, gate: LocalGate): readonly RouteChoice[] {
  const { name, access } = route;
  const callers = access === undefined ? "its requirement is unknown" : describeAccess(access, findDefault(gate));
  const passing = access?.kind === "authenticated" ? [anyUser] : listPerAuthority(listTried(route, gate), gate);
  const own = passing.length > 0 ? passing : [anyUser];
  const fault = access?.kind === "public" ? "no-token" : "none";
  return own.map((each) => ({
    ...{ name, callers },
    passes: passing.length > 0,
    choices: createChoices(name, each, gate, fault),
  }));
}

function createChoices(name: string, own: Alternative, gate: LocalGate, fault: PlaygroundFaultName = "none"): Choices {
  const request = createRequest(name);
  const { authority: [authority = defaultAuthority] = [], ...token } = chooseToken(own, gate);
  const isUser = own.kind === "user";
  const [user] = isUser ? listPeople(authority).personas : [];
  return {
    authority,
    persona: token.persona?.[0] ?? user?.shortName ?? "",
    client: token.client?.[0] ?? "spa",
    tenant: "",
    scopes: token.scope ?? (isUser ? ["access_as_user"] : []),
    roles: token.role ?? [],
    groups: token.group ?? [],
    acrs: token.acrs ?? [],
    version: 2,
    fault,
    ...request,
    body: createBody(request, gate) ?? "",
  };
}

/** Writes choices as the fragment of the page's address. */
export function writeFragment(choices: Choices): string {
  const pairs = Object.entries(choices).flatMap(([name, value]) => [value].flat().map((each) => [name, String(each)]));
  return `#${new URLSearchParams(pairs)}`;
}
