// npm run deploy -- --env production [--dry-run]
import { deploy } from "./deployment/deploy.ts";
import { processWorld, runScript } from "./run-script.ts";

process.exit(await runScript(deploy, process.argv.slice(2), processWorld));
