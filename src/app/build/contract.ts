import { andThen, firstInTurn } from "../../base/common/result.ts";
import { InternalError, type RequestFault } from "../errors/errors.ts";
import { checkValue } from "../types/check-value.ts";
import type { ResponseSpec, ResponsesMap, RouteResult } from "../types/types.ts";

/**
 * Checks the response of a handler against the route's definition. The body that is sent is the output of the schema,
 * so a validator that drops unknown members removes them.
 *
 * @throws InternalError if the status, a header or the body does not match; the caller gets 500, and the log the fault
 */
export function holdToContract(result: RouteResult, responses: ResponsesMap): RouteResult | Promise<RouteResult> {
  const { status, body, headers } = result;
  const spec = responses[status];
  if (spec === undefined) throw broken(`status ${status} is not declared`);
  const { body: schema } = spec;
  return andThen(checkHeaders(headers ?? {}, spec), () => {
    if (schema === undefined) return result;
    return andThen(checkValue(schema, body), (checked) => {
      if ("faults" in checked) throw broken(`body of ${status}${describe(checked.faults)}`);
      return { ...result, body: checked.value };
    });
  });
}

function checkHeaders(headers: Readonly<Record<string, string>>, { headers: declared }: ResponseSpec): unknown {
  if (declared === undefined) return undefined;
  const sent = new Headers(headers);
  const known = new Map(Object.entries(declared).map(([name, spec]) => [name.toLowerCase(), spec]));
  for (const name of sent.keys()) {
    if (!known.has(name)) throw broken(`header ${name} is not declared`);
  }
  return firstInTurn([...known], ([name, { schema }]) => {
    if (schema === undefined) return undefined;
    return andThen(checkValue(schema, sent.get(name) ?? undefined), (checked) => {
      if ("faults" in checked) throw broken(`header ${name}${describe(checked.faults)}`);
      return undefined;
    });
  });
}

/** Only places are logged, because the message of a validator may quote confidential data. */
function describe(faults: readonly RequestFault[]): string {
  return ` at ${faults.map(({ path }) => path || "/").join(", ")}`;
}

function broken(what: string): InternalError {
  return new InternalError(`the response does not match its definition: ${what}`);
}
