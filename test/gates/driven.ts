import { platformIo } from "../../src/base/common/io.ts";
import { createGate } from "../../src/gate.ts";

let nowMs: number | undefined;
const gate = createGate({}, { ...platformIo, now: () => nowMs ?? Date.now() });

/** A gate with a clock that a test sets, so that days pass between two requests. */
export default {
  ...gate,
  fetch(request: Request, env: object, ctx: ExecutionContext): Response | Promise<Response> {
    const told = request.headers.get("clock-ms");
    if (told !== null) nowMs = Number(told);
    return gate.fetch(request, env, ctx);
  },
};
