import { Hono } from "hono";
import { type EntraEnv, entra as guard } from "../../src/adapters/hono.ts";
import type { Environment } from "../../src/config/variables.ts";
import type { EntraOptions } from "../../src/guard/entra-options.ts";
import { environmentWith, plainLog } from "./environment.ts";
import { entra } from "./gate-world.ts";
import { createFakeIo, type FakeIo } from "./io.ts";

export interface Question {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
}

/** A Hono app in one isolate, with the local Entra. */
export interface HonoWorld {
  readonly io: FakeIo;
  /** Promises that were passed to `ctx.waitUntil`. */
  readonly background: Promise<unknown>[];
  ask(target: string, question?: Question): Promise<Response>;
  refusals(): Record<string, unknown>[];
}

type Guard = ReturnType<typeof guard>;

/**
 * @param build declares the routes, and adds the guard
 * @param options of the guard
 * @param environment passed by the platform
 */
export function createHonoWorld(
  build: (app: Hono<EntraEnv>, guard: Guard) => void,
  options: EntraOptions = {},
  environment: Environment = environmentWith(plainLog),
): HonoWorld {
  const io = createAdapterIo();
  const app = new Hono<EntraEnv>();
  build(app, guard(undefined, options, io));
  const background: Promise<unknown>[] = [];
  const context = {
    waitUntil: (work: Promise<unknown>) => void background.push(work),
    passThroughOnException() {},
    props: {},
  };
  return {
    io,
    background,
    ask: async (target, question) => app.fetch(createQuestion(target, question), environment, context),
    refusals: () => readRefusals(io),
  };
}

/** Dependencies whose network is the local Entra. */
export function createAdapterIo(): FakeIo {
  return createFakeIo({ fetch: (request) => entra.fetch(request) });
}

export function createQuestion(target: string, { token, headers = {}, ...init }: Question = {}): Request {
  const authorization = token === undefined ? {} : { authorization: token };
  return new Request(new URL(target, "https://api.contoso.example"), {
    ...init,
    headers: { ...headers, ...authorization },
  });
}

export const readRefusals = (io: FakeIo) => io.lines.filter(({ event }) => event === "refused");
