import { AssertionError, type AssertionVerifier, createAssertionVerifier } from "../../src/origin/origin.ts";

interface Environment {
  readonly ISSUER: string;
  readonly AUDIENCE: string;
}

let gate: AssertionVerifier | undefined;

/** An origin in a worker, which verifies that a gate sent the request. */
export default {
  async fetch(received: Request, { ISSUER, AUDIENCE }: Environment, context: ExecutionContext): Promise<Response> {
    gate ??= createAssertionVerifier({ issuer: ISSUER, audience: AUDIENCE });
    try {
      const { caller, request } = await gate.verify(received, context);
      return Response.json({ caller, headers: Object.fromEntries(request.headers) });
    } catch (error) {
      return new Response(null, { status: error instanceof AssertionError ? error.status : 500 });
    }
  },
};
