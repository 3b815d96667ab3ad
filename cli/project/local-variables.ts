import { clients } from "../../entra/directory/clients.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import { createAuthorityVariables, describeCustomers } from "../../entra/directory/customer-directory.ts";
import { api, tenants } from "../../entra/directory/directory.ts";
import type { ProtectedResource } from "../../src/cli-exports/documents.ts";
import { findContents } from "../../src/cli-exports/gate.ts";
import type { Environment } from "../../src/cli-exports/policy.ts";
import { createGateVars } from "../common/gate-vars.ts";
import { createMcpVars } from "../common/mcp-vars.ts";
import type { GateCode } from "./gate-code.ts";

/** The programs on this machine. Origins, without a slash at the end. */
export interface LocalAddresses {
  readonly gateUrl: string;
  readonly entraUrl: string;
  /** Origins of the authorities with a name. Without them, those of the project count. */
  readonly authorityUrls?: ReadonlyMap<string, string>;
  /** Addresses of origins by their variables. Absent if those of the project count, or the worker forwards nothing. */
  readonly originUrls?: Readonly<Record<string, string>>;
}

/** Paths of the protected resources that the code declares. */
export function listResourcePaths({ options }: GateCode): readonly string[] {
  const parts = findContents(options.routes)?.parts ?? [];
  return parts
    .filter((each): each is ProtectedResource => "resourcePath" in each)
    .map(({ resourcePath }) => resourcePath);
}

/**
 * Lists the names of the authorities that the code declares.
 *
 * @param present variables of the project, which name them if the code does not show its options
 */
export function listAuthorityNames({ options, problem }: GateCode, present: Environment): readonly string[] {
  if (problem === undefined) return options.authorities?.names ?? [];
  return Object.keys(present).flatMap((name) => /^ENTRA_([A-Z0-9_]+)_TENANT_ID$/.exec(name)?.[1]?.toLowerCase() ?? []);
}

/**
 * Creates the variables with which a worker trusts the local Entra and nothing else. What the project requires of a
 * caller stays as it is: scopes, roles, report mode.
 *
 * @param present variables and bindings of the project
 * @param isWorker whether `gateUrl` is certain: a script can listen on another port
 */
export function createLocalVariables(
  { gateUrl, entraUrl, authorityUrls = new Map(), originUrls }: LocalAddresses,
  present: Environment,
  code: GateCode,
  isWorker: boolean,
): Readonly<Record<string, string>> {
  const hasGateUrl = "GATE_URL" in present || isWorker;
  const { ENTRA_REQUIRED_SCOPE: scope, ...trusted } = createGateVars(entraUrl);
  const [resourcePath] = listResourcePaths(code);
  const isMultiTenant = present.ENTRA_TENANT_ID === "organizations";
  const hasDefault = "ENTRA_REQUIRED_SCOPE" in present || "ENTRA_REQUIRED_ROLE" in present;
  const isClient = "ENTRA_CLIENT_ID" in present || code.options.downstream !== undefined;
  const variables = {
    ...trusted,
    ...Object.assign({}, ...[...authorityUrls].map(([name, url]) => createNamedVariables(name, url, present))),
    ...originUrls,
    ...(isMultiTenant && { ENTRA_TENANT_ID: "organizations" }),
    ...(!hasDefault && { ENTRA_REQUIRED_SCOPE: scope }),
    ...("ENTRA_ALLOWED_TENANTS" in present && { ENTRA_ALLOWED_TENANTS: tenants.contoso.id }),
    ...("ENTRA_ALLOWED_CLIENTS" in present && { ENTRA_ALLOWED_CLIENTS: listClientIds() }),
    ...("ENTRA_CLOUD" in present && { ENTRA_CLOUD: "public" }),
    // Requests of this machine come without the proxy.
    ...("GATE_TLS_PROXY" in present && { GATE_TLS_PROXY: "false" }),
    ...(isClient && {
      ENTRA_CLIENT_ID: api.clientId,
      ENTRA_CLIENT_SECRET: clients.api.secret,
      GRAPH_URL: entraUrl,
    }),
    ...(resourcePath !== undefined && createMcpVars(gateUrl, resourcePath)),
    ...((hasGateUrl || resourcePath !== undefined) && { GATE_URL: listNames(gateUrl) }),
  };
  const { GATE_SESSION_KEY: ownKey } = present;
  return { ...variables, ...(typeof ownKey === "string" && { GATE_SESSION_KEY: ownKey }) } as Record<string, string>;
}

function createNamedVariables(name: string, url: string, present: Environment): Readonly<Record<string, string>> {
  const directory = createDirectory(describeCustomers(name));
  const own = createAuthorityVariables(name, url, directory);
  const replaced = {
    ALLOWED_TENANTS: directory.tenants[0]!.id,
    ALLOWED_CLIENTS: directory.apps.map(({ clientId }) => clientId).join(" "),
    CLOUD: "public",
  };
  const used = Object.entries(replaced)
    .map(([variable, value]) => [`ENTRA_${name.toUpperCase()}_${variable}`, value] as const)
    .filter(([variable]) => variable in present);
  return { ...own, ...Object.fromEntries(used) };
}

/** Lists the address under each name of this machine. Documents about the gate use the first one. */
function listNames(gateUrl: string): string {
  const { port } = new URL(gateUrl);
  return ["127.0.0.1", "localhost", "[::1]"].map((host) => `http://${host}:${port}`).join(" ");
}

function listClientIds(): string {
  return Object.values(clients)
    .map(({ clientId }) => clientId)
    .join(" ");
}

/**
 * Names the variables of the project that have another value in this run.
 *
 * @param sources file of each variable of the project
 * @returns a sentence; `undefined` if there are none
 */
export function describeReplaced(
  variables: Readonly<Record<string, string>>,
  present: Environment,
  sources: ReadonlyMap<string, string>,
): string | undefined {
  const replaced = Object.keys(variables).filter((name) => name in present && present[name] !== variables[name]);
  if (replaced.length === 0) return undefined;
  const files = [...new Set(replaced.map((name) => sources.get(name) ?? ""))];
  const lists = files.map((file) => {
    const names = replaced.filter((name) => (sources.get(name) ?? "") === file);
    return `${names.join(", ")} of ${file}`;
  });
  return `Replaced in this run by values of the local Entra, in no file: ${lists.join("; ")}.`;
}
