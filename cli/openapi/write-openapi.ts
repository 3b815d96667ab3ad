import { describeCause } from "../../src/cli-exports/common.ts";
import { writeDocument } from "../../src/cli-exports/documents.ts";
import { findContents, type Route } from "../../src/cli-exports/gate.ts";
import {
  createAuthority,
  createReader,
  describeFault,
  type Environment,
  readAddresses,
} from "../../src/cli-exports/policy.ts";
import { UsageError } from "../common/usage-error.ts";
import { originExtension } from "../compile/extensions.ts";
import { type GateCode, tableOf } from "../project/gate-code.ts";
import { readPolicySettings } from "../project/policy-settings.ts";

/** A part that the document cannot describe. */
export interface DocumentGap {
  readonly route: string;
  /** `path`, or the place of a schema, such as `request.body`. */
  readonly part: string;
  readonly cause?: string;
}

/** A document, and what it does not say. */
export interface WrittenDocument {
  readonly document: object;
  readonly gaps: readonly DocumentGap[];
  /** Names of origins in the routes that the document omits. */
  readonly omittedOrigins: readonly string[];
}

/**
 * Writes the document that a gate or an App serves, without its own routes.
 *
 * @param namesOrigins whether operations get `x-entra-origin`, which no served document has
 * @throws UsageError if the code has no App, or the variables are faulty
 */
export function writeOpenapi(code: GateCode, variables: Environment, namesOrigins: boolean): WrittenDocument {
  const app = findContents(code.options.routes);
  if (app === undefined)
    throw new UsageError(
      "the worker has no App of entra-gate, whose routes a document could describe: pass one, as in createGate({ routes: app })",
    );
  const environment = code.environment ?? variables;
  const settings = readPolicySettings(environment, tableOf(code).createContext(true));
  const reader = createReader(environment);
  const [address] = readAddresses(reader, [], undefined) ?? [];
  if (reader.faults.length > 0) throw new UsageError(...reader.faults.map(describeFault));
  const authorities = settings.authorities.map((each) => ({ ...each, login: createAuthority(each).login }));
  const gaps: DocumentGap[] = [];
  const document = writeDocument({
    info: app.info,
    routes: app.routes,
    guard: { authorities, defaultRequirement: settings.defaultRequirement },
    address,
    report(route, part, cause) {
      gaps.push({ route, part, ...(cause !== undefined && { cause: describeCause(cause) }) });
    },
  });
  if (namesOrigins) return { document: addOrigins(document, app.routes), gaps, omittedOrigins: [] };
  return { document, gaps, omittedOrigins: [...new Set(app.routes.flatMap(({ forwarding }) => forwarding?.to ?? []))] };
}

/** Adds the origins that routes name to their operations. */
function addOrigins(
  { paths, ...document }: ReturnType<typeof writeDocument>,
  routes: readonly Route[],
): Readonly<Record<string, unknown>> {
  // One path of the document has the routes that match the same requests, with the parameter names of the first.
  const origins = new Map(
    routes.map(({ method, path, forwarding }) => [`${method} ${path.replace(/:\w+/g, "{}")}`, forwarding?.to]),
  );
  const items = Object.entries(paths as Readonly<Record<string, Readonly<Record<string, object>>>>);
  return {
    ...document,
    paths: Object.fromEntries(
      items.map(([path, item]) => [
        path,
        Object.fromEntries(
          Object.entries(item).map(([method, operation]) => {
            const to = origins.get(`${method.toUpperCase()} ${path.replace(/\{\w+\}/g, "{}")}`);
            return [method, to === undefined ? operation : { ...operation, [originExtension]: to }];
          }),
        ),
      ]),
    ),
  };
}
