// A worker for workerd that has the policy of each request: a variable that comes with it.
import { createGate, type Gate } from "../../src/index.ts";
import { readVariation } from "../../test/support/variation.ts";
import { declare, type PolicySpec } from "./weakened.ts";

const gates = new Map<string, { readonly gate: Gate; readonly env: object }>();

export default {
  fetch(request: Request, own: object, context: ExecutionContext): Response | Promise<Response> {
    const { vars, plain } = readVariation(request, own);
    const { POLICY: text, ...env } = vars as { readonly POLICY: string };
    const known = gates.get(text) ?? { gate: createGate(declare(JSON.parse(text) as PolicySpec, false)), env };
    gates.set(text, known);
    return known.gate.fetch(plain, known.env, context);
  },
};
