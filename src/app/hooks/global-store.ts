import { parseJson } from "../../base/common/json.ts";
import type { RateHit, RateStore } from "./rate-store.ts";

/** Name of the binding. */
const bindingName = "GLOBAL_LIMITER";

/** The part of a Durable Objects binding that is used here. */
interface ObjectNamespace {
  idFromName(name: string): unknown;
  get(id: unknown): { fetch(url: string): Promise<Response> };
}

/**
 * Counts callers exactly and worldwide, in Durable Objects of the class `GlobalLimiter` with the binding
 * GLOBAL_LIMITER. Each counted request travels to the location of its object, so use it only on routes that are worth
 * the time. If the binding is missing, or the object fails or is late, the request gets 500.
 *
 * @param name of the limit; routes with the same name share their counts
 * @throws TypeError if the name is empty
 *
 * @example
 * rateLimit({ windowMs: 60_000, max: 100, store: globalStore("exports") });
 */
export function globalStore(name: string): RateStore {
  if (typeof name !== "string" || name === "")
    throw new TypeError("globalStore: name must be a non-empty string, for example exports");
  return {
    async hit(key, windowMs, { max, env }) {
      const objects = findObjects(env);
      const object = objects.get(objects.idFromName(JSON.stringify([name, key])));
      const response = await object.fetch(`https://limiter/?windowMs=${windowMs}&max=${max}`);
      if (response.status !== 200) throw new Error(`globalStore: the limiter responded with status ${response.status}`);
      return readHit(parseJson(await response.text()));
    },
  };
}

function findObjects(env: unknown): ObjectNamespace {
  const binding = (env as Record<string, ObjectNamespace | undefined> | undefined)?.[bindingName];
  if (typeof binding?.idFromName === "function") return binding;
  throw new TypeError(`globalStore: ${bindingName} is not a Durable Objects binding. See wrangler.toml`);
}

function readHit(value: unknown): RateHit {
  const { count, resetMs } = value as RateHit;
  if (Number.isSafeInteger(count) && Number.isSafeInteger(resetMs)) return { count, resetMs };
  throw new TypeError("globalStore: the limiter returned no count");
}
