import { decodeProtectedHeader } from "jose";
import { platformIo } from "../../src/base/common/io.ts";
import { AssertionError, type AssertionVerifier, createAssertionVerifier } from "../../src/origin/origin.ts";
import { createClock } from "../rotation/clock.ts";
import type { Trust } from "../rotation/settings.ts";

let gate: AssertionVerifier | undefined;

/**
 * An origin that verifies each request with `entra-gate/origin`, and answers with the key that signed it, or the
 * reason.
 */
export default {
  async fetch(received: Request, _env: object, context: ExecutionContext): Promise<Response> {
    if (received.url.endsWith("/lab/trust")) {
      const { clock, issuer, audience }: Trust = await received.json();
      gate = createAssertionVerifier({ issuer, audience }, { ...platformIo, now: createClock(clock) });
      return new Response(null, { status: 204 });
    }
    try {
      const { request } = await (gate as AssertionVerifier).verify(received, context);
      await request.arrayBuffer();
      const { kid } = decodeProtectedHeader(received.headers.get("x-entra-assertion") ?? "");
      return Response.json({ kid });
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      return Response.json({ refused: error.reason }, { status: error.status });
    }
  },
};
