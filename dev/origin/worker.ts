// A sample API to stand behind the gate: it tells what reached it, and behaves badly on request. Only for development.
import type { Hono } from "hono";
import { createOrigin } from "./origin.ts";

let origin: Hono | undefined;

export default {
  fetch(request: Request): Response | Promise<Response> {
    origin ??= createOrigin();
    return origin.fetch(request);
  },
};
