import type { ProtectedResource } from "../../src/tools/documents.ts";
import { findContents } from "../../src/tools/gate.ts";
import type { GateCode } from "../project/gate-code.ts";

/**
 * Names the redirect URI of each facade that has a callback of the gate's own. It belongs to the registration of the MCP
 * clients, which the written file does not create.
 *
 * @param code the worker; `undefined` if it was not loaded
 */
export function describeCallbacks(
  code: Pick<GateCode, "options"> | undefined,
  { GATE_URL: list }: Readonly<Record<string, unknown>>,
): readonly string[] {
  const resources = (findContents(code?.options.routes)?.parts ?? []).filter(
    (part): part is ProtectedResource => "resourcePath" in part,
  );
  const paths = new Set(resources.flatMap(({ options }) => options.authorizationServer?.options.callback?.path ?? []));
  const [address] = typeof list === "string" ? list.trim().split(/[\s,]+/) : [];
  return [...paths].map(
    (path) =>
      `The registration of the MCP clients needs the redirect URI ${address || "<the first GATE_URL>"}${path}, of the platform Mobile and desktop applications.`,
  );
}
