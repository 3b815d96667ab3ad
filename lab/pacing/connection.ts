import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A kept-alive connection that sends one GET at a time without a client library, which would cost more than the worker. */
export interface Connection {
  /** @param head of the request, see {@link writeHead} */
  send(head: Buffer): void;
  close(): void;
}

/** More bytes than any response here has. */
const answerBytes = 64 * 1024;
/** The position of the status in `HTTP/1.1 200 OK`. */
const statusAt = 9;

/** Writes the head of a GET. */
export function writeHead(path: string, token: string): Buffer {
  const lines = [`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", `Authorization: Bearer ${token}`, "", ""];
  return Buffer.from(lines.join("\r\n"), "latin1");
}

/**
 * Opens a connection.
 *
 * @param onAnswer called at the last byte of an answer
 * @param onFault called if the connection breaks or an answer has no length
 */
export async function openConnection(
  port: number,
  onAnswer: (status: number) => void,
  onFault: (fault: Error) => void,
): Promise<Connection> {
  // One buffer for all answers, so that the pacer creates no garbage.
  const received = Buffer.allocUnsafeSlow(answerBytes);
  let filled = 0;
  let expected = Number.POSITIVE_INFINITY;
  const chunk = Buffer.allocUnsafeSlow(answerBytes);
  const socket: Socket = connect({
    port,
    host: "127.0.0.1",
    onread: {
      buffer: chunk,
      callback(count) {
        chunk.copy(received, filled, 0, count);
        filled += count;
        if (expected === Number.POSITIVE_INFINITY) expected = measureAnswer(received, filled);
        if (filled < expected) return true;
        if (Number.isNaN(expected)) onFault(new Error("an answer has no Content-Length"));
        filled = 0;
        expected = Number.POSITIVE_INFINITY;
        onAnswer(readStatus(received));
        return true;
      },
    },
  });
  socket.setNoDelay(true);
  await once(socket, "connect");
  socket.on("error", onFault);
  socket.on("close", () => onFault(new Error("the worker closed a connection")));
  return {
    send: (head) => void socket.write(head),
    close() {
      socket.removeAllListeners("close");
      socket.destroy();
    },
  };
}

function readStatus(answer: Buffer): number {
  return Number(answer.toString("latin1", statusAt, statusAt + 3));
}

/** Bytes of a whole answer; infinite until its head is complete, and NaN if the head has no length. */
function measureAnswer(received: Buffer, filled: number): number {
  const headBytes = received.indexOf("\r\n\r\n") + 4;
  if (headBytes < 4 || headBytes > filled) return Number.POSITIVE_INFINITY;
  const length = /\r\ncontent-length: (\d+)/i.exec(received.toString("latin1", 0, headBytes))?.[1];
  return headBytes + Number(length ?? Number.NaN);
}
