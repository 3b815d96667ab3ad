import { describeCause } from "../../src/tools/common.ts";
import { writeDocument } from "../../src/tools/documents.ts";
import { findContents } from "../../src/tools/gate.ts";
import {
  createAuthority,
  createReader,
  describeFault,
  type Environment,
  readAddresses,
  readAuthority,
} from "../../src/tools/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { type GateCode, tableOf } from "../project/gate-code.ts";
import { readPolicySettings } from "../project/policy-settings.ts";

/** A part that the document cannot describe. */
export interface DocumentGap {
  readonly route: string;
  /** `path`, or the place of a schema, such as `request.body`. */
  readonly part: string;
  readonly cause?: string;
}

/**
 * Writes the document that a gate or an App serves, without its own routes.
 *
 * @throws UsageError if the code has no App, or the variables are faulty
 */
export function writeOpenapi(
  code: GateCode,
  variables: Environment,
): { readonly document: object; readonly gaps: readonly DocumentGap[] } {
  const app = findContents(code.options.routes);
  if (app === undefined)
    throw new UsageError("the worker has no App of entra-gate, whose routes a document could describe");
  const environment = code.environment ?? variables;
  const settings = readPolicySettings(environment, tableOf(code));
  const reader = createReader(environment);
  const authority = readAuthority(reader);
  const [address] = readAddresses(reader, authority.authority, undefined) ?? [];
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const { tenants, audiences, defaultRequirement } = settings;
  const { login } = createAuthority({ ...authority, tenants });
  const gaps: DocumentGap[] = [];
  const document = writeDocument({
    info: app.info,
    routes: app.routes,
    facts: { login, tenants, audiences, defaultRequirement },
    address,
    report(route, part, cause) {
      gaps.push({ route, part, ...(cause !== undefined && { cause: describeCause(cause) }) });
    },
  });
  return { document, gaps };
}
