/** Results, errors, the network and identifiers, for commands that read no policy. */
export { describeCause } from "../base/common/cause.ts";
export { type Io, platformIo, withDeadline } from "../base/common/io.ts";
export * as limits from "../base/common/limits.ts";
export { fail, type Result, succeed } from "../base/common/result.ts";
export { readBounded } from "../base/http/bounded-body.ts";
export { isLoopback } from "../base/http/loopback.ts";
export { trim } from "../base/http/trim.ts";
export { isGuid } from "../core/config/guid.ts";
