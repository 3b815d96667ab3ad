import type { Io } from "../base/common/io.ts";
import * as limits from "../base/common/limits.ts";
import { createUpgradeResponse, unauthorized } from "./upgrade-response.ts";

/** One end of a WebSocket on Workers. Other runtimes cannot forward WebSockets, and their types know none of this. */
interface WorkersSocket extends WebSocket {
  accept(options: { readonly allowHalfOpen: boolean }): void;
}
declare const WebSocketPair: new () => { readonly 0: WorkersSocket; readonly 1: WorkersSocket };

/** RFC 6455 section 7.4.1. Used if the other end is gone without a close frame, or with one that must not be sent. */
const goingAway = 1001;
/** RFC 6455 section 7.1.5: the close frame had no code. */
const noStatus = 1005;

/**
 * Connects the two ends of a WebSocket, and closes both when the caller's token expires or is revoked. Messages and
 * close frames are passed on in both directions, in order. The runtime answers pings and negotiates compression with
 * each end. There is no backpressure: the runtime buffers messages for a slow end.
 *
 * @param response the origin's 101, with its end of the WebSocket
 * @param endsAtMs when the token expires, in milliseconds since the epoch
 * @param isRevoked whether the caller has been revoked since; `undefined` without a list of revocations
 * @returns the client's 101, with the origin's subprotocol and headers
 */
export function closeAtExpiry(
  io: Pick<Io, "now" | "after">,
  response: Response,
  endsAtMs: number,
  isRevoked?: () => Promise<boolean>,
): Response {
  const { 0: handedOut, 1: client } = new WebSocketPair();
  const { webSocket: origin } = response as unknown as { readonly webSocket: WorkersSocket };
  const open = new Set([client, origin]);
  let stopWatch = () => {};
  const end = (reason: string) => {
    open.clear();
    stopTimers();
    for (const each of [client, origin]) close(each, unauthorized, reason);
  };
  const expire = () => end("access token expired");
  const stopExpiry = io.after(Math.max(0, endsAtMs - io.now()), expire);
  function stopTimers(): void {
    stopExpiry();
    stopWatch();
  }

  function watch(isRevoked: () => Promise<boolean>): void {
    stopWatch = io.after(limits.revocationWatchMilliseconds, async () => {
      const isOver = await isRevoked().catch(() => true);
      if (open.size === 0) return;
      if (isOver) end("access token revoked");
      else watch(isRevoked);
    });
  }
  if (isRevoked !== undefined) watch(isRevoked);

  function relay(from: WorkersSocket, to: WorkersSocket): void {
    // With Blobs, messages could not be passed on in order.
    from.binaryType = "arraybuffer";
    from.addEventListener("message", ({ data }) => {
      if (!open.has(from)) return;
      // A timer stops while its machine is suspended, and the clock does not.
      if (io.now() >= endsAtMs) expire();
      else to.send(data);
    });
    const passClose = (code: number, reason: string) => {
      open.delete(from);
      if (open.size === 0) stopTimers();
      close(to, code, reason);
    };
    from.addEventListener("close", ({ code, reason }) => passClose(code, reason));
    from.addEventListener("error", () => passClose(goingAway, ""));
    // The other end answers a close frame, not the runtime.
    from.accept({ allowHalfOpen: true });
  }

  relay(client, origin);
  relay(origin, client);
  return createUpgradeResponse(handedOut, new Headers(response.headers));
}

/** Does nothing if the end is closed. */
function close(end: WebSocket, code: number, reason: string): void {
  try {
    if (code === noStatus) end.close();
    else end.close(code, reason);
  } catch {
    end.close(goingAway);
  }
}
