import { Hono } from "hono";
import { type EntraEnv, entra as guard } from "../../src/adapters/hono.ts";
import type { Environment } from "../../src/core/config/variables.ts";
import type { EntraOptions } from "../../src/core/guard/entra-options.ts";
import { environmentWith, plainLog } from "./environment.ts";
import { entra } from "./frozen-entra.ts";
import { createFakeIo, type FakeIo } from "./io.ts";
import { createIsolateWorld, type IsolateWorld } from "./isolate-world.ts";

type Guard = ReturnType<typeof guard>;

/**
 * Creates a Hono app in one isolate, with the local Entra.
 *
 * @param build declares the routes, and adds the guard
 * @param options of the guard
 * @param environment passed by the platform
 */
export function createHonoWorld(
  build: (app: Hono<EntraEnv>, guard: Guard) => void,
  options: EntraOptions = {},
  environment: Environment = environmentWith(plainLog),
): IsolateWorld {
  const io = createAdapterIo();
  const app = new Hono<EntraEnv>();
  build(app, guard(undefined, options, io));
  return createIsolateWorld(io, (request, context) => app.fetch(request, environment, context));
}

/** Dependencies whose network is the local Entra. */
export function createAdapterIo(): FakeIo {
  return createFakeIo({ fetch: (request) => entra.fetch(request) });
}
