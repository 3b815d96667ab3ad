import { type Io, platformIo } from "../io.ts";

/**
 * The world as the command line sees it: the network, no shared cache, and no log.
 *
 * @param now milliseconds since the epoch, where it is to be another time
 * @param log gets what a gate would write into its log
 */
export function createNodeIo(now: () => number = Date.now, log: Io["log"] = () => {}): Io {
  return { ...platformIo, fetch: fetchOrSayWhy, now, log, openCache: async () => undefined };
}

/** The `fetch` of Node throws "fetch failed". Its cause has the reason, such as "connect ECONNREFUSED 127.0.0.1:443". */
async function fetchOrSayWhy(...request: Parameters<Io["fetch"]>): Promise<Response> {
  try {
    return await platformIo.fetch(...request);
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error && error.cause.message !== "" ? error.cause : error;
  }
}
