import { setTimeout as delay } from "node:timers/promises";
import type { McpWorld } from "../../test/support/mcp/world.ts";

/** Long enough for a program to sign in and to call a tool. */
const shortSeconds = 10;
const usualSeconds = 3_900;

const setLifetime = (world: McpWorld, seconds: number) =>
  world.tellEntra("/local/faults/setTokenLifetime", { seconds });

/** Lets Entra issue tokens that expire soon. */
export function shortenTokens(world: McpWorld): Promise<void> {
  return setLifetime(world, shortSeconds);
}

/** Resolves when all tokens have expired. Those that are issued from then on are valid for an hour. */
export async function expireTokens(world: McpWorld): Promise<void> {
  await delay(shortSeconds * 1_000 + 100);
  await setLifetime(world, usualSeconds);
}
