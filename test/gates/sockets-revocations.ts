import { platformIo } from "../../src/base/common/io.ts";
import * as limits from "../../src/base/common/limits.ts";
import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";

/** How much faster the clock of this gate runs, so that a list ages within a test. */
const speed = 20;

let startMs: number | undefined;

/** A gate that looks up the callers of its WebSockets. */
export default createGate(
  {
    routes: new App().get("/ws", { hooks: requireAuth("access_as_user") }, origin({ closeWebSocketAtExpiry: true })),
    revocations: revocations(),
  },
  {
    ...platformIo,
    now() {
      startMs ??= Date.now();
      return startMs + (Date.now() - startMs) * speed;
    },
    after: (delayMs, callback) =>
      platformIo.after(delayMs === limits.revocationWatchMilliseconds ? delayMs / speed : delayMs, callback),
  },
);
