/** What a protocol version allows in addition to single requests and notifications. */
export interface ProtocolVersion {
  readonly name: string;
  /** Sessions, GET streams, DELETE, and responses to requests of the server. */
  readonly hasSessions: boolean;
  readonly hasBatches: boolean;
}

/** Kind of a name that a policy can protect. */
export type TargetKind = "tools" | "prompts" | "resources";

/** Member of a method's parameters that names its target. The header `Mcp-Name` repeats it. */
export interface MethodRule {
  readonly kind?: TargetKind;
  /** Member of `params`. */
  readonly nameIn?: "name" | "uri" | "taskId";
}

/**
 * The first version that has the header. Requests without the header have this version (2025-06-18, "Protocol Version
 * Header").
 */
const withoutHeader: ProtocolVersion = { name: "2025-03-26", hasSessions: true, hasBatches: true };

const versions: readonly ProtocolVersion[] = [
  withoutHeader,
  { name: "2025-06-18", hasSessions: true, hasBatches: false },
  { name: "2025-11-25", hasSessions: true, hasBatches: false },
  { name: "2026-07-28", hasSessions: false, hasBatches: false },
];

/**
 * The version before Streamable HTTP. Clients send the header after a server chose the version, or while they
 * initialize. The server answers them, so the gate reads their messages.
 */
const beforeStreamableHttp: ProtocolVersion = { ...withoutHeader, name: "2024-11-05", hasBatches: false };

/** Versions for which the protocol defines this transport. */
export const versionNames: readonly string[] = versions.map(({ name }) => name);
const readableVersions: readonly ProtocolVersion[] = [...versions, beforeStreamableHttp];

/** @returns `undefined` for an unknown version */
export function findVersion(header: string | null): ProtocolVersion | undefined {
  if (header === null) return withoutHeader;
  return readableVersions.find(({ name }) => name === header);
}

/** Method whose result has the versions of the server (2026-07-28, "Discovery"). */
export const discoverMethod = "server/discover";

const plain: MethodRule = {};

const inAllVersions: readonly (readonly [method: string, rule: MethodRule])[] = [
  ["tools/list", plain],
  ["tools/call", { kind: "tools", nameIn: "name" }],
  ["prompts/list", plain],
  ["prompts/get", { kind: "prompts", nameIn: "name" }],
  ["resources/list", plain],
  ["resources/templates/list", plain],
  ["resources/read", { kind: "resources", nameIn: "uri" }],
  ["completion/complete", plain],
  ["notifications/cancelled", plain],
  ["notifications/progress", plain],
  ["tasks/get", { nameIn: "taskId" }],
  ["tasks/cancel", { nameIn: "taskId" }],
];

const withSessions: ReadonlyMap<string, MethodRule> = new Map([
  ...inAllVersions,
  ["initialize", plain],
  ["ping", plain],
  ["logging/setLevel", plain],
  ["resources/subscribe", { kind: "resources", nameIn: "uri" }],
  ["resources/unsubscribe", { kind: "resources", nameIn: "uri" }],
  ["tasks/list", plain],
  ["tasks/result", { nameIn: "taskId" }],
  ["notifications/initialized", plain],
  ["notifications/roots/list_changed", plain],
  ["notifications/tasks/status", plain],
]);

const withoutSessions: ReadonlyMap<string, MethodRule> = new Map([
  ...inAllVersions,
  [discoverMethod, plain],
  ["subscriptions/listen", plain],
  ["tasks/update", { nameIn: "taskId" }],
]);

/**
 * Every method that a client may send in a version. A method that is in no table is refused, because its effect is
 * unknown.
 */
export function findMethod({ hasSessions }: ProtocolVersion, method: string): MethodRule | undefined {
  return (hasSessions ? withSessions : withoutSessions).get(method);
}
