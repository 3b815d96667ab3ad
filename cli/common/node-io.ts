import { type Io, platformIo } from "../../src/cli-exports/common.ts";

/**
 * Creates the `Io` of the command line: with the network, and without a shared cache.
 *
 * @param now milliseconds since the epoch, if it is another time than now
 * @param log gets the lines that a gate would log
 */
export function createNodeIo(now: () => number = Date.now, log: Io["log"] = () => {}): Io {
  return { ...platformIo, fetch: fetchOrSayWhy, now, log, openCache: async () => undefined };
}

/**
 * The `fetch` of Node throws "fetch failed". Its cause has the reason, such as "connect ECONNREFUSED 127.0.0.1:443".
 */
async function fetchOrSayWhy(...request: Parameters<Io["fetch"]>): Promise<Response> {
  try {
    return await platformIo.fetch(...request);
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error && error.cause.message !== "" ? error.cause : error;
  }
}
