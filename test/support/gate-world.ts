import type { GateOptions } from "../../src/app/gate-options.ts";
import { createGate } from "../../src/gate.ts";
import { createEntra, type Entra } from "../../src/testing/entra.ts";
import type { AccessTokenOptions } from "../../src/testing/issuer.ts";
import { environmentWith, plainLog } from "./environment.ts";
import { createFakeIo, type FakeIo, frozenNowSeconds } from "./io.ts";

const login = "https://login.microsoftonline.com/";

/** A local Entra whose clock stands still; its keys are made once. */
export const entra: Entra = createEntra({ nowSeconds: () => frozenNowSeconds });

export const bearer = async (options?: AccessTokenOptions) => `Bearer ${await entra.issueAccessToken(options)}`;

interface AskInit {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** One gate in one isolate, between the local Entra and an origin that answers with what it was asked. */
export interface GateWorld {
  readonly io: FakeIo;
  /** Requests that reached the origin. */
  readonly forwarded: Request[];
  /** What was handed to `ctx.waitUntil`. */
  readonly background: Promise<unknown>[];
  /** What the origin answers, in place of what it was asked. */
  answerWith(answer: (request: Request) => Response | Promise<Response>): void;
  /** Asks for a path, or for a URL. */
  ask(target: string, init?: AskInit): Promise<Response>;
  /** The same, and whether anything had to be waited for. */
  askAtOnce(target: string, init?: AskInit): Response | Promise<Response>;
  /** Lines of the log about refused requests. */
  refusals(): Record<string, unknown>[];
}

/**
 * @param options of the gate
 * @param changes to the least environment
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
