// Runs Wrangler with the given arguments, without telemetry.
import { runWrangler } from "./run-wrangler.ts";

process.exit(runWrangler(process.argv.slice(2)));
