/**
 * The gate's own issuer: signed assertions for the origin, and a sign-in at Entra without a secret.
 *
 * @module
 */
import type { Config, ConfigContext } from "../../core/config/config.ts";
import { issuerNames } from "../../core/config/table.ts";
import { createReader, type VariableReader } from "../../core/config/variables.ts";
import type { IssuerProvider } from "../../core/guard/entra-options.ts";
import type { IssuerContext, IssuerFactory, IssuerService } from "../../core/guard/issuer.ts";
import { createProvider } from "../../core/guard/provider.ts";
import { createClientAssertionSigner } from "./client-assertion.ts";
import { readIssuers } from "./configuration.ts";
import { createDocuments, reservedPaths } from "./documents.ts";
import { createOriginAsserter } from "./origin-assertion.ts";
import { createKeyHolder } from "./signing-key.ts";

export type { IssuerProvider } from "../../core/guard/entra-options.ts";

const federation = "ENTRA_CLIENT_FEDERATION";

/**
 * Creates the option `issuer`: keys of the gate's own. With `GATE_SIGNING_KEY` and `ORIGIN_ASSERTION`, the gate signs
 * each request for the origin. With `ENTRA_CLIENT_KEY` and `ENTRA_CLIENT_FEDERATION`, it signs in at Entra without a
 * secret.
 *
 * @example
 * import { issuer } from "entra-gate/issuer";
 *
 * export default createGate({ routes, issuer: issuer() });
 */
export function issuer(): IssuerProvider {
  const factory: IssuerFactory = {
    variables: issuerNames,
    owns: (path) => reservedPaths.includes(path),
    check(reader: VariableReader, config: Config, { downstream, serving }: ConfigContext) {
      readIssuers(reader, config, serving);
      if (downstream === undefined && reader.names.includes(federation) && !reader.isFaulty(federation))
        reader.fault(
          federation,
          "requires the option downstream, which signs in at Entra with the key",
          "createGate({ downstream: downstream(), issuer: issuer() })",
        );
      if (reservedPaths.includes(config.observation.health.path))
        reader.fault("GATE_HEALTH_PATH", "is the path of a document of the gate's issuers");
    },
    create,
  };
  return createProvider("issuer", factory);
}

function create({ io, config, environment }: IssuerContext): IssuerService {
  const { origin, client } = readIssuers(createReader(environment), config);
  const ofOrigin = origin && { identity: origin, keys: createKeyHolder(io, origin.key) };
  const ofClient = client && { identity: client, keys: createKeyHolder(io, client.key) };
  return {
    answer: createDocuments([ofOrigin, ofClient].filter((each) => each !== undefined)),
    assert:
      ofOrigin && origin?.audiences
        ? createOriginAsserter(io, ofOrigin.keys, {
            issuer: origin.issuer,
            namesAuthority: config.authorities.length > 1,
            audienceOf: (to) => origin.audiences?.get(to),
          })
        : undefined,
    signClientAssertion:
      ofClient && client?.signsIn ? createClientAssertionSigner(io, ofClient.keys, client) : undefined,
  };
}
