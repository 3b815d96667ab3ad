/** Results, errors, the network and identifiers, for commands that read no policy. */
export { describeCause } from "../common/cause.ts";
export { type Io, platformIo, withDeadline } from "../common/io.ts";
export * as limits from "../common/limits.ts";
export { fail, type Result, succeed } from "../common/result.ts";
export { isGuid } from "../config/guid.ts";
export { readBounded } from "../http/bounded-body.ts";
export { isLoopback } from "../http/loopback.ts";
export { prototypeNames } from "../http/members.ts";
export { trim } from "../http/trim.ts";
