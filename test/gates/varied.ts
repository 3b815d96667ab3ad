import { readVariation } from "../support/variation.ts";
import gate from "./forwarding.ts";

/** The gate of `forwarding.ts` with other variables for each request. */
export default {
  fetch(request: Request, env: object, context: ExecutionContext): Response | Promise<Response> {
    const { vars, plain } = readVariation(request, env);
    return gate.fetch(plain, vars, context);
  },
};
