// The origin of a soak, in a process of its own, which the load does not keep from answering. Prints where it listens, and
// lives until its standard input ends.
import { serveOrigin } from "./servers.ts";

const origin = await serveOrigin();
console.log(origin.url);
process.stdin.resume().on("end", () => process.exit(0));
