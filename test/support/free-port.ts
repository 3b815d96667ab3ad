import { findPort, PortTakenError } from "../../cli/common/loopback.ts";

/**
 * Starts a server whose configuration names its own port, on any free port of 127.0.0.1. Another process can take the
 * port before the server listens. Then the server starts on another one.
 *
 * @param start throws PortTakenError if the port is taken
 */
export async function startOnFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (;;) {
    const port = await findPort(0);
    try {
      return await start(port);
    } catch (error) {
      if (!(error instanceof PortTakenError) || error.port !== port) throw error;
    }
  }
}
