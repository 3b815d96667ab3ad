import { platformIo } from "../../src/base/common/io.ts";
import * as limits from "../../src/base/common/limits.ts";
import { createGate } from "../../src/gate.ts";

/** The deployed gate with a cache that never answers, and for which it would wait a minute. */
export default createGate(
  {},
  {
    ...platformIo,
    openCache: () => new Promise(() => {}),
    after: (delayMs, callback) =>
      platformIo.after(delayMs === limits.edgeReadMilliseconds ? 60_000 : delayMs, callback),
  },
);
