import { isLoopback } from "../../src/cli-exports/common.ts";
import { decodeUnverifiedToken } from "../../src/cli-exports/gate.ts";
import { type DevState, findDev } from "../common/dev-state.ts";
import { readEntraUrl } from "../common/local-entra.ts";
import { printError } from "../common/terminal.ts";
import { UsageError } from "../common/usage-error.ts";
import type { GateCode } from "../project/gate-code.ts";
import { loadGateCode } from "../project/load-gate.ts";
import { createLocalVariables } from "../project/local-variables.ts";
import type { Settings } from "../project/settings.ts";

/** The gate of a folder as it runs with a local Entra. */
export interface LocalGate {
  readonly settings: Settings;
  readonly code: GateCode;
  /** Whether a credential is explained for this gate, and not for the one of the files. */
  appliesTo(authorization: string): boolean;
}

/** Without these, no gate starts. */
const requiredNames = ["ENTRA_TENANT_ID", "ENTRA_API_AUDIENCE"];
/** The gate in front of a local Entra that is not the `dev` of the folder. Only its paths count here. */
const gateUrl = "http://127.0.0.1:8787";

/**
 * Finds the local Entra that `--entra` names, or the one of the `dev` of this folder.
 *
 * @param own settings of the files
 * @param code of the worker that they name
 * @throws UsageError if `--entra` is wrong, or used for a deployed environment
 */
export async function findLocalGate(
  own: Settings,
  code: GateCode,
  entra: string | undefined,
): Promise<LocalGate | undefined> {
  if (own.deployed) {
    if (entra !== undefined)
      throw new UsageError("--entra and --env cannot be used together: nothing deployed trusts a local Entra");
    return undefined;
  }
  if (entra !== undefined) {
    const { origin: entraUrl } = readEntraUrl(entra);
    const variables = createLocalVariables({ gateUrl, entraUrl }, own.environment, code, own.wrangler !== undefined);
    return { settings: addVariables(own, variables, "--entra"), code, appliesTo: () => true };
  }
  const { state, unusable } = await findDev(process.cwd());
  const lacksVariables = requiredNames.some((name) => own.environment[name] === undefined);
  if (unusable !== undefined && lacksVariables) printError(unusable);
  if (state === undefined) return undefined;
  return {
    settings: addVariables(own, state.variables, "entra-gate dev"),
    code: state.worker === undefined ? code : await loadGateCode(state.worker),
    appliesTo: (authorization) => lacksVariables || isIssuedAt(authorization, listPorts(state)),
  };
}

function addVariables(own: Settings, variables: Readonly<Record<string, string>>, source: string): Settings {
  const sources = new Map([...own.sources, ...Object.keys(variables).map((name) => [name, source] as const)]);
  return {
    ...own,
    environment: { ...own.environment, ...variables },
    sources,
    place: { ...own.place, sources },
    onWorkers: own.wrangler !== undefined,
  };
}

/** Lists the ports of the local Entra and of its authorities with a name. */
function listPorts({ entraUrl, variables }: DevState): readonly string[] {
  const named = Object.entries(variables).filter(([name]) => /^ENTRA_\w+_AUTHORITY$/.test(name));
  return [entraUrl, ...named.map(([, url]) => url)].map((url) => URL.parse(url)?.port ?? "");
}

/**
 * Whether a token names the local Entra as its issuer, under any name of this machine. Its signature is not checked.
 */
function isIssuedAt(authorization: string, ports: readonly string[]): boolean {
  const decoded = decodeUnverifiedToken(authorization.replace(/^bearer\s+/i, ""));
  const issuer = decoded.ok ? URL.parse(String(decoded.value.claims.iss)) : null;
  return issuer !== null && isLoopback(issuer.hostname) && ports.includes(issuer.port);
}
