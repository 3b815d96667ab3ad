import type { GateOptions } from "../../src/app/gate-options.ts";
import { createGate } from "../../src/gate.ts";
import { environmentWith, plainLog } from "./environment.ts";
import { entra } from "./frozen-entra.ts";
import { createFakeIo } from "./io.ts";
import { createIsolateWorld, type IsolateWorld } from "./isolate-world.ts";

export { bearer, entra } from "./frozen-entra.ts";

const login = "https://login.microsoftonline.com/";

/** One gate in one isolate, between the local Entra and an origin that echoes requests. */
export interface GateWorld extends IsolateWorld {
  /** Requests that reached the origin. */
  readonly forwarded: Request[];
  /** Replaces the origin's response. */
  answerWith(answer: (request: Request) => Response | Promise<Response>): void;
}

/**
 * @param options of the gate
 * @param changes to the minimal environment
 */
export function createGateWorld(options: GateOptions = {}, changes: Record<string, unknown> = {}): GateWorld {
  const forwarded: Request[] = [];
  let answer = (request: Request): Response | Promise<Response> =>
    new Response(`origin: ${request.method} ${request.url}`);
  const io = createFakeIo({
    fetch(request) {
      if (request.url.startsWith(login)) return entra.fetch(request);
      forwarded.push(request);
      return answer(request);
    },
  });
  const gate = createGate(options, io);
  const environment = environmentWith({ ORIGIN_URL: "https://origin.contoso.example", ...plainLog, ...changes });
  return {
    ...createIsolateWorld(io, (request, context) => gate.fetch(request, environment, context)),
    forwarded,
    answerWith(given) {
      answer = given;
    },
  };
}
