import { type Access, compareSpecificity } from "../../src/cli-exports/policy.ts";
import { describeCaller, findCaller, type Side } from "../decisions/callers.ts";
import { findRoute, type Policy, reachBehind } from "../decisions/policy.ts";
import { findMessageRoute, listClasses, nameMessage } from "../decisions/request-classes.ts";
import { describeAccess } from "../project/describe-access.ts";
import { type DeclaredRoute, findOrigin, type RouteTable } from "../project/gate-code.ts";

/**
 * What a change does. `open` admits callers without a token, and `weaker` admits further callers. `unknown` means that
 * the code does not show who may call. The others admit no caller who was refused: `elsewhere` goes to another origin,
 * `stronger` refuses some, `gone` is a route that no longer exists, and `new` is one that did not exist.
 */
export type ChangeKind = "open" | "weaker" | "unknown" | "elsewhere" | "stronger" | "gone" | "new";

/** In the order in which they are shown. */
export const changeKinds: readonly ChangeKind[] = ["open", "weaker", "unknown", "elsewhere", "stronger", "gone", "new"];
/** Those that must be accepted. */
export const unsafeKinds: readonly ChangeKind[] = ["open", "weaker", "unknown", "elsewhere"];

/** Requests whose callers or origin change. */
export interface Change {
  readonly kind: ChangeKind;
  /** Method and path of the more specific route, or what the requests are. */
  readonly request: string;
  /** One of the requests, as `GET /orders/x`. It can have marks, see `markOf`. */
  readonly sample: string;
  readonly before: ChangedSide;
  readonly after: ChangedSide;
  /** A caller who is admitted only now. */
  readonly admitted?: string;
  /** A caller who was admitted only before. */
  readonly refused?: string;
}

export interface ChangedSide {
  /** The route as declared, or a label such as `unlisted`. */
  readonly route: string;
  /** Who may call. */
  readonly callers: string;
  /** Name of the origin, `ORIGIN` for the one without a name; absent if both sides have the same. */
  readonly origin?: string;
}

/** Name of the requests that match no route of either policy. */
export const allOther = "all other requests";

/**
 * Compares two policies request by request.
 *
 * @throws UsageError if there is too much to compare
 */
export function comparePolicies(before: Policy, after: Policy): readonly Change[] {
  const tables = [before.table, after.table];
  const declared = new Set(tables.flatMap(({ routes }) => routes.map(({ name }) => name)));
  const changes = new Map<string, Change>();
  const seen = new Set<string>();
  const compare = (request: string | undefined, sample: string, from: DeclaredRoute, to: DeclaredRoute) => {
    const key = JSON.stringify(
      [from, to].map(({ name, access, mode, later, mayAnswer }) => [name, access, mode, later, mayAnswer]),
    );
    if (seen.has(key)) return;
    seen.add(key);
    // What DaloyJS does with other requests is unknown, before and after. The routes that can answer them must be the
    // same.
    const isNowhere = !declared.has(from.name) && !declared.has(to.name) && isEqual(from.candidates, to.candidates);
    if (isNowhere && from.access === undefined && to.access === undefined) return;
    if (from.noRoute && to.noRoute) return;
    const change = compareSides({ policy: before, route: from }, { policy: after, route: to });
    if (change === undefined) return;
    changes.set(key, { request: request ?? nameRequests(sample, from.name, to.name), sample, ...change });
  };
  compare(allOther, allOther, before.table.rest, after.table.rest);
  const { requests, messages, unread, alike, overlapping } = listClasses([before, after], { withMarks: true });
  let isDifferent = listChanged(tables, () => true).length > 0;
  for (const { method, path } of requests) {
    const [from, to] = [findRoute(before, method, path), findRoute(after, method, path)];
    isDifferent ||= !isEqual([from.access, from.mode], [to.access, to.mode]);
    compare(undefined, `${method} ${path}`, from, to);
  }
  for (const message of messages) {
    const [from, to] = [findMessageRoute(before, message), findMessageRoute(after, message)];
    if (isEqual(from.own, to.own)) continue;
    compare(nameMessage(message), nameMessage(message), from.route, to.route);
  }
  const oneSided = alike.filter((paths) =>
    tables.some((table) => !listEntries(table).some(({ name }) => paths.has(pathOf(name)))),
  );
  const namesOf = (counts: (path: string) => boolean) =>
    tables.flatMap((table) => [...declaredNames(table)]).filter((name) => counts(pathOf(name)));
  const doubtful = new Set(namesOf((path) => oneSided.some((paths) => paths.has(path))));
  const known = [...changes.values()].filter(({ request }) => !doubtful.has(request));
  const reported = new Set(known.flatMap(({ kind, request }) => (unsafeKinds.includes(kind) ? request : [])));
  const hidden = listChanged(tables, (path) => overlapping.has(path)).filter((name) => !reported.has(name));
  const unreadNames = isDifferent ? namesOf((path) => unread.has(path)) : [];
  const uncertain = [
    ...describeUncertain(tables, unreadNames, unreadNote),
    ...describeUncertain(tables, [...doubtful, ...hidden], expressionNote),
  ];
  const rank = ({ kind }: Change) => changeKinds.indexOf(kind);
  return [...known, ...uncertain].sort((a, b) => rank(a) - rank(b));
}

const isEqual = (left: unknown, right: unknown) => JSON.stringify(left) === JSON.stringify(right);

const unreadNote = "this command does not know which requests the pattern matches";
const expressionNote =
  "the regular expressions at this place differ or overlap, and this command compares only their text";

/** A route or a middleware as a table declares it. */
interface Entry {
  readonly name: string;
  readonly requirement: unknown;
}

function listEntries({ routes, order }: RouteTable): readonly Entry[] {
  return order ?? routes.map(({ name, access }) => ({ name, requirement: access }));
}

/** Names what only one of two tables declares for some paths. If only the order differs, it names all. */
function listChanged(tables: readonly RouteTable[], isAbout: (path: string) => boolean): readonly string[] {
  const [before = [], after = []] = tables.map((table) =>
    listEntries(table)
      .filter(({ name }) => isAbout(pathOf(name)))
      .map((entry) => ({ name: entry.name, text: JSON.stringify(entry) })),
  );
  if (isEqual(before, after)) return [];
  const [were, are] = [before, after].map((entries) => new Set(entries.map(({ text }) => text)));
  const changed = [...before, ...after].filter(({ text }) => !were!.has(text) || !are!.has(text));
  return (changed.length > 0 ? changed : before).map(({ name }) => name);
}

function declaredNames({ routes, sharedPaths = [] }: RouteTable): ReadonlySet<string> {
  return new Set([...routes.map(({ name }) => name), ...sharedPaths.map((each) => `ALL ${each}`)]);
}

function describeUncertain(tables: readonly RouteTable[], names: readonly string[], note: string): readonly Change[] {
  return [...new Set(names)].map((name) => {
    const [before, after] = tables.map((table): ChangedSide => {
      return { route: name, callers: declaredNames(table).has(name) ? `unknown: ${note}` : "not declared" };
    });
    return { kind: "unknown", request: name, sample: name, before: before!, after: after! };
  });
}

/** The path in a name such as `GET /orders`. */
function pathOf(name: string): string {
  return name.slice(name.indexOf(" ") + 1);
}

/** Routes are declared as `GET /orders`. Other names have no path. */
function nameRequests(sample: string, before: string, after: string): string {
  const [method = ""] = sample.split(" ");
  const [first, second] = [before, after]
    .filter((name) => name.includes(" /"))
    .sort((a, b) => compareSpecificity(a, b));
  if (first === undefined) return sample;
  const [own, path = ""] = first.split(" ");
  const isShared = second === undefined || second.startsWith(`${own} `);
  return isShared ? first : `${method} ${path}`;
}

function compareSides(before: Side, after: Side): Omit<Change, "request" | "sample"> | undefined {
  const isMoved = isElsewhere(before, after);
  const sides = { before: describeSide(before, isMoved), after: describeSide(after, isMoved) };
  const [was, is] = [before.route.access, after.route.access];
  if (was === undefined || is === undefined) return { kind: "unknown", ...sides };
  const find = (admitting: Side, refusing: Side) =>
    is.kind === "public" || was.kind === "public"
      ? undefined
      : (findCaller(admitting, refusing) ??
        findCaller(enforce(admitting), enforce(refusing)) ??
        findCaller(getBehind(admitting), getBehind(refusing)));
  const [admitted, refused] = [find(after, before), find(before, after)];
  const isOpened = is.kind === "public" && was.kind !== "public";
  const mayBeOpened = after.route.mayAnswer !== undefined && before.route.mayAnswer === undefined;
  const isClosed = was.kind === "public" && is.kind !== "public";
  const isRoute = ({ route }: Side) => route.name.includes(" ") && route.noRoute === undefined;
  const kind = isOpened
    ? "open"
    : admitted !== undefined
      ? "weaker"
      : mayBeOpened && was.kind !== "public"
        ? "unknown"
        : isMoved
          ? "elsewhere"
          : isRoute(before) && !isRoute(after)
            ? "gone"
            : isClosed || refused !== undefined
              ? "stronger"
              : !isRoute(before) && isRoute(after)
                ? "new"
                : undefined;
  if (kind === undefined) return undefined;
  return {
    kind,
    ...sides,
    ...(admitted && { admitted: describeCaller(admitted, after.policy, before.policy) }),
    ...(refused && { refused: describeCaller(refused, before.policy, after.policy) }),
  };
}

/** Whether requests go to another origin. The code of a handler can send them anywhere, before and after. */
function isElsewhere(before: Side, after: Side): boolean {
  const [from, to] = [before, after].map(({ policy, route }) =>
    policy.hasOrigins === false ? undefined : findOrigin(route, policy.settings.mode),
  );
  return from !== undefined && to !== undefined && from !== to;
}

/** A side without report mode. That mode admits any valid token, and hides what will be enforced. */
function enforce({ policy, route }: Side): Side {
  return {
    policy: { ...policy, settings: { ...policy.settings, mode: "enforce" } },
    route: { ...route, mode: "enforce" },
  };
}

/** A side without report mode, for the handlers behind middleware that only calls `next`. */
function getBehind(side: Side): Side {
  return enforce({ ...side, route: reachBehind(side.policy, side.route) });
}

function describeSide({ policy, route }: Side, isMoved: boolean): ChangedSide {
  const { settings } = policy;
  const { name, access, mode, note, callers: given, origin, later, mayAnswer } = route;
  const named = isMoved && origin !== undefined ? { origin } : {};
  if (access === undefined) {
    return { route: name, callers: `unknown${note === undefined ? "" : `: ${note}`}`, ...named };
  }
  const isReport = access.kind !== "public" && (mode ?? settings.mode) === "report";
  const behind = later && reachBehind(policy, route).access;
  const describe = (each: Access) => describeAccess(each, settings.defaultRequirement, settings.authorities);
  const further = behind && `; behind middleware, ${describe(behind)}`;
  const callers =
    (given ?? describe(access)) + (further ?? "") + (mayAnswer === undefined ? "" : `; unknown: ${mayAnswer}`);
  return {
    route: name,
    callers: isReport ? `any caller with a valid token (report mode), instead of ${callers}` : callers,
    ...named,
  };
}
