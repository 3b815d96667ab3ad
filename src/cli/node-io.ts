import { type Io, platformIo } from "../io.ts";

/**
 * The world as the command line sees it: the network, no shared cache, and no log.
 *
 * @param now milliseconds since the epoch, where it is to be another time
 * @param log gets what a gate would write into its log
 */
export function createNodeIo(now: () => number = Date.now, log: Io["log"] = () => {}): Io {
  return { ...platformIo, now, log, openCache: async () => undefined };
}
