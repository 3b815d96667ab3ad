// Runs wrangler with the arguments given, and says nothing to anyone.
import { runWrangler } from "./run-wrangler.ts";

process.exit(runWrangler(process.argv.slice(2)));
