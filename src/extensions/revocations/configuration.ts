import { isLoopback } from "../../base/http/loopback.ts";
import { revocationVariables } from "../../core/config/table.ts";
import type { VariableReader } from "../../core/config/variables.ts";
import type { RevocationSource, RevocationStore } from "./source.ts";

/** Reads where the document is. @returns `undefined` after a fault */
export function readRevocationSource(ofGate: VariableReader): RevocationSource | undefined {
  const reader = ofGate.with(revocationVariables);
  const store = reader.binding<RevocationStore>("REVOCATIONS");
  const text = reader.text("GATE_REVOCATIONS_URL");
  const token = reader.secret("GATE_REVOCATIONS_TOKEN");
  const url = text === undefined ? null : URL.parse(text);
  if (text !== undefined && !isSafe(url))
    reader.fault(
      "GATE_REVOCATIONS_URL",
      "is not an https URL without credentials and query. Only loopback may omit TLS",
    );
  if (reader.isFaulty("REVOCATIONS", "GATE_REVOCATIONS_URL", "GATE_REVOCATIONS_TOKEN")) return undefined;
  if (store !== undefined && url === null && token === undefined) return { store };
  if (store !== undefined)
    reader.fault("REVOCATIONS", "is bound, so remove GATE_REVOCATIONS_URL and GATE_REVOCATIONS_TOKEN", undefined);
  else if (url === null && token === undefined)
    reader.fault("REVOCATIONS", "or GATE_REVOCATIONS_URL is required by the option revocations");
  else if (url === null) reader.fault("GATE_REVOCATIONS_TOKEN", "is only used with GATE_REVOCATIONS_URL");
  else if (token === undefined) reader.fault("GATE_REVOCATIONS_URL", "requires the secret GATE_REVOCATIONS_TOKEN");
  else return { url: url.href, token };
  return undefined;
}

/** Deno's errors contain the whole URL, and the log shows them. */
function isSafe(url: URL | null): boolean {
  if (url === null || url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
}
