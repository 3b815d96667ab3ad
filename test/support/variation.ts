/** Header with which a test changes the variables of a gate for one request. */
const variationHeader = "Fleet-Vars";

/** Variables as the header of a request. `undefined` removes one. */
export function describeVariation(vars: Readonly<Record<string, unknown>>): readonly [name: string, value: string] {
  return [variationHeader, JSON.stringify(vars, (_, value) => (value === undefined ? null : value))];
}

/** The variables that a request brings in place of others, and the request without them. */
export function readVariation<Vars extends object>(
  request: Request,
  vars: Vars,
): { readonly vars: Vars; readonly plain: Request } {
  const text = request.headers.get(variationHeader);
  if (text === null) return { vars, plain: request };
  const plain = new Request(request);
  plain.headers.delete(variationHeader);
  const varied = Object.entries({ ...vars, ...JSON.parse(text) }).filter(([, value]) => value !== null);
  return { vars: Object.fromEntries(varied) as Vars, plain };
}
