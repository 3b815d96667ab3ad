import { createEntra, type Entra } from "../../entra/entra.ts";
import type { AccessTokenOptions } from "../../entra/tokens/issuer.ts";
import type { GateOptions } from "../../src/app/gate-options.ts";
import { createGate } from "../../src/gate.ts";
import { environmentWith, plainLog } from "./environment.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds } from "./io.ts";

const login = "https://login.microsoftonline.com/";

/** A local Entra with a frozen clock. Its keys are created once. */
export const entra: Entra = createEntra({ nowSeconds: () => frozenNowSeconds });

export const bearer = async (options?: AccessTokenOptions) => `Bearer ${await entra.issueAccessToken(options)}`;

interface AskInit {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** One gate in one isolate, between the local Entra and an origin that echoes requests. */
export interface GateWorld {
  readonly io: FakeIo;
  /** Requests that reached the origin. */
  readonly forwarded: Request[];
  /** Promises that were passed to `ctx.waitUntil`. */
  readonly background: Promise<unknown>[];
  /** Replaces the origin's response. */
  answerWith(answer: (request: Request) => Response | Promise<Response>): void;
  /** Requests a path or a URL. */
  ask(target: string, init?: AskInit): Promise<Response>;
  /** The same, and whether the gate was asynchronous. */
  askAtOnce(target: string, init?: AskInit): Response | Promise<Response>;
  /** Log lines of refused requests. */
  refusals(): Record<string, unknown>[];
}

/**
 * @param options of the gate
 * @param changes to the minimal environment
 */
export function createGateWorld(options: GateOptions = {}, changes: Record<string, unknown> = {}): GateWorld {
  const forwarded: Request[] = [];
  const background: Promise<unknown>[] = [];
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
  const context = { waitUntil: (work: Promise<unknown>) => void background.push(work) };

  function askAtOnce(target: string, { method = "GET", token, headers = {}, body }: AskInit = {}) {
    const authorization = token === undefined ? {} : { authorization: token };
    const request = new Request(new URL(target, "https://api.contoso.example"), {
      method,
      headers: { ...headers, ...authorization },
      ...(body !== undefined && { body }),
    });
    return gate.fetch(request, environment, context);
  }

  return {
    io,
    forwarded,
    background,
    answerWith(given) {
      answer = given;
    },
    ask: async (target, init) => askAtOnce(target, init),
    askAtOnce,
    refusals: () => io.lines.filter(({ event }) => event === "refused"),
  };
}
