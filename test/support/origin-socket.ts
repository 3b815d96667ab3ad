import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** A connection on which a test writes and reads HTTP itself, because `fetch` would repair it. */
export interface RawConnection {
  /** In Latin-1. */
  write(text: string): void;
  /** All received text so far, in Latin-1. */
  received(): string;
  /** Waits until the received text matches, by default up to a minute. */
  until(pattern: RegExp, patienceMs?: number): Promise<string>;
  /** Resolves when the other side has closed. */
  readonly ended: Promise<void>;
  /** Resets the connection, as a client that disconnects. */
  reset(): void;
  close(): void;
}

/** Longer than a response takes on a busy machine. */
const patienceMs = 60_000;

/** @param url of the server, whose path is ignored */
export async function openConnection(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  await once(socket, "connect");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk.toString("latin1");
  });
  socket.on("error", () => {});
  return {
    write: (written) => void socket.write(written, "latin1"),
    received: () => text,
    async until(pattern, limitMs = patienceMs) {
      for (const deadlineMs = Date.now() + limitMs; Date.now() < deadlineMs; await delay(2)) {
        if (pattern.test(text)) return text;
      }
      throw new Error(`waited for ${pattern}, got ${JSON.stringify(text)}`);
    },
    ended: new Promise((resolve) => socket.on("close", () => resolve())),
    reset: () => void socket.resetAndDestroy(),
    close: () => void socket.destroy(),
  };
}

/**
 * Sends a request unchanged, and reads until the connection closes, which the request should ask for.
 *
 * @param text start line, headers and body
 */
export async function exchange(url: string, text: string): Promise<string> {
  const connection = await openConnection(url);
  connection.write(text);
  await Promise.race([connection.ended, delay(patienceMs)]);
  connection.close();
  return connection.received();
}
