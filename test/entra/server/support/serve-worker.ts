// Runs a gate in workerd for a test that sets `NODE_EXTRA_CA_CERTS`, which Miniflare reads when it loads, and prints
// its URL.
import { bundleWorkerOnce } from "../../../support/bundle.ts";
import { startWorker } from "../../../support/worker-process.ts";

const [entry = "", vars = "{}"] = process.argv.slice(2);
const code = await bundleWorkerOnce(entry);
const worker = await startWorker({ name: "gate", code, port: 0, vars: JSON.parse(vars) });
process.once("SIGTERM", () => void worker.stop());
console.log(worker.url);
