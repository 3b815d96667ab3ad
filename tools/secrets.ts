// npm run secrets -- --env production < secrets.json, or --from DIRECTORY with a file for each
import { putSecrets } from "./deployment/put-secrets.ts";
import { processWorld, runScript } from "./run-script.ts";

process.exit(await runScript(putSecrets, process.argv.slice(2), processWorld));
