import gate from "../../src/worker.ts";
import { readVariation } from "../support/variation.ts";

/** The deployed worker with other variables for each request. */
export default {
  fetch(request: Request, env: object, context: ExecutionContext): Response | Promise<Response> {
    const { vars, plain } = readVariation(request, env);
    return gate.fetch(plain, vars, context);
  },
};
