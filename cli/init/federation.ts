import { readIssuers } from "../../src/cli-exports/documents.ts";
import {
  type CloudName,
  createReader,
  describeFault,
  readAddresses,
  readAuthority,
} from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import type { Variables } from "./answers.ts";

/** The federated credential with which Entra trusts the gate's own issuer. */
export interface FederatedCredential {
  readonly issuer: string;
  /** `undefined` stands for the client ID of the registration. */
  readonly subject: string | undefined;
  readonly audience: string;
}

const needed = [
  "ENTRA_CLOUD",
  "ENTRA_CLIENT_FEDERATION",
  "ENTRA_CLIENT_SUBJECT",
  "GATE_ISSUER",
  "GATE_URL",
] as const satisfies readonly string[];

/** Stands for the secret ENTRA_CLIENT_KEY, which is not in the files of the project. */
const secret = { get: async () => "" };

/** Reads the cloud of the tenant. @throws UsageError if the gate would refuse it */
export function readCloud(variables: Variables): CloudName {
  const { ENTRA_CLOUD } = variables;
  const reader = createReader(ENTRA_CLOUD === undefined ? {} : { ENTRA_CLOUD });
  const { cloud } = readAuthority(reader);
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  return cloud;
}

/**
 * Describes the federated credential of a gate with ENTRA_CLIENT_FEDERATION, as the gate itself reads the variables.
 *
 * @returns `undefined` without ENTRA_CLIENT_FEDERATION
 * @throws UsageError that lists faulty variables, for example if the gate has no address
 */
export function describeFederation(variables: Variables): FederatedCredential | undefined {
  if (variables.ENTRA_CLIENT_FEDERATION === undefined) return undefined;
  const known = needed.flatMap((name) => (variables[name] === undefined ? [] : [[name, variables[name]] as const]));
  const reader = createReader({ ...Object.fromEntries(known), ENTRA_CLIENT_KEY: secret });
  const { cloud } = readAuthority(reader);
  const addresses = readAddresses(reader, [], undefined);
  const credentials = { clientId: "", list: [] };
  const { client } = readIssuers(reader, {
    addresses,
    cloud,
    credentials,
    origins: new Map(),
    origin: { target: { kind: "zone" }, authorization: "forward", cookies: "forward" },
  });
  if (client === undefined || reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const { issuer, subject, audience } = client;
  return { issuer, subject: subject || undefined, audience };
}
