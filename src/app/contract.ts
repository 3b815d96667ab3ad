import { checkValue } from "./check-value.ts";
import type { Fault } from "./errors.ts";
import { InternalError } from "./errors.ts";
import type { ResponseSpec, ResponsesMap, RouteAnswer } from "./types.ts";

/**
 * Holds a handler's answer to what its route declares. What leaves is what the schema made of the body: members that it
 * does not know are gone where the validator drops them.
 *
 * @throws InternalError where the status, a header or the body is not as declared: the caller gets 500, the log the fault
 */
export async function holdToContract(answer: RouteAnswer, responses: ResponsesMap): Promise<RouteAnswer> {
  const { status, body, headers } = answer;
  const spec = responses[status];
  if (spec === undefined) throw broken(`status ${status} is not declared`);
  await checkHeaders(headers ?? {}, spec);
  if (spec.body === undefined) return answer;
  const checked = await checkValue(spec.body, body);
  if ("faults" in checked) throw broken(`body of ${status}${describe(checked.faults)}`);
  return { ...answer, body: checked.value };
}

async function checkHeaders(
  headers: Readonly<Record<string, string>>,
  { headers: declared }: ResponseSpec,
): Promise<void> {
  if (declared === undefined) return;
  const sent = new Headers(headers);
  const known = new Map(Object.entries(declared).map(([name, spec]) => [name.toLowerCase(), spec]));
  for (const name of sent.keys()) {
    if (!known.has(name)) throw broken(`header ${name} is not declared`);
  }
  for (const [name, { schema }] of known) {
    if (schema === undefined) continue;
    const checked = await checkValue(schema, sent.get(name) ?? undefined);
    if ("faults" in checked) throw broken(`header ${name}${describe(checked.faults)}`);
  }
}

/** Places only: a validator's message may quote what must not leak, not even into the log. */
function describe(faults: readonly Fault[]): string {
  return ` at ${faults.map(({ path }) => path || "/").join(", ")}`;
}

function broken(what: string): InternalError {
  return new InternalError(`the answer breaks its contract: ${what}`);
}
