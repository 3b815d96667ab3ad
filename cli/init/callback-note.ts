import type { ProtectedResource } from "../../src/cli-exports/documents.ts";
import { findContents } from "../../src/cli-exports/gate.ts";
import { platformOf } from "../common/callback-platform.ts";
import type { GateCode } from "../project/gate-code.ts";

/**
 * Names the redirect URI of each facade. It belongs to the registration of the MCP clients, which the written file does
 * not create.
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
  const callbacks = new Map(
    resources.flatMap(({ options }) => {
      const ofFacade = options.authorizationServer?.options;
      return ofFacade === undefined ? [] : [[ofFacade.callback, platformOf(ofFacade)] as const];
    }),
  );
  const [address] = typeof list === "string" ? list.trim().split(/[\s,]+/) : [];
  return [...callbacks].map(
    ([path, platform]) =>
      `The registration of the MCP clients needs the redirect URI ${address || "<the first GATE_URL>"}${path}, of the platform ${platform}.`,
  );
}
