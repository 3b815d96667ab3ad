import { revocationNames } from "../../core/config/table.ts";
import { createReader } from "../../core/config/variables.ts";
import type { RevocationsProvider } from "../../core/guard/entra-options.ts";
import { createProvider } from "../../core/guard/provider.ts";
import type { RevocationsFactory } from "../../core/guard/revocations.ts";
import { readRevocationSource } from "./configuration.ts";
import { createRevocationList } from "./list.ts";
import { type RevocationSource, readText } from "./source.ts";

/**
 * Creates the option `revocations`: a list of callers whose tokens the gate refuses. The list is a document in the KV
 * namespace `REVOCATIONS`, or outside Workers at `GATE_REVOCATIONS_URL`. Without a first good document, the gate
 * answers 503.
 *
 * @example
 * import { revocations } from "entra-gate";
 *
 * export default createGate({ routes, revocations: revocations() });
 */
export function revocations(): RevocationsProvider {
  const factory: RevocationsFactory = {
    variables: revocationNames,
    check: (reader) => void readRevocationSource(reader),
    createList({ io, environment, authorities }) {
      const source = readRevocationSource(createReader(environment)) as RevocationSource;
      return createRevocationList(io, () => readText(io, source), authorities);
    },
  };
  return createProvider("revocations", factory);
}
