// Starts the gate with the command of the README, runs the curl lines that it prints, compares the statuses with the
// printed ones, and stops it as Ctrl-C does: npm run try-dev [-- COMMAND]. Like `npm test`, it prints last how many
// checks passed and failed.
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { guideEnd, readTrials, runTrial } from "../test/support/trials.ts";

const startMilliseconds = 180_000;
const stopMilliseconds = 60_000;

let [passed, failed, output] = [0, 0, ""];
const [command = "npm run dev"] = process.argv.slice(2);
const running = spawn("bash", ["-c", command], {
  // Its processes are a group, which Ctrl-C would reach as a whole.
  detached: true,
  stdio: ["ignore", "pipe", "inherit"],
});
running.stdout.on("data", (chunk) => {
  output += chunk;
});
process.once("exit", () => void signal("SIGKILL"));
for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => process.exit(1));

const isReady = await until(() => output.includes(guideEnd) || running.exitCode !== null, startMilliseconds);
if (!isReady) console.log(output);
const trials = readTrials(output);
const isShown = (...wanted: readonly number[]) => trials.some(({ status }) => wanted.includes(status));
check(`${command} prints an allowed and a refused request`, isReady && isShown(200) && isShown(401, 403));
for (const { title, status, command: request } of trials) {
  console.log(request);
  const actual = await runTrial(request).catch((error: Error) => error.message);
  check(`${title}: ${status}`, actual === status, actual);
}
signal("SIGINT");
check("Ctrl-C stops every process", await until(() => !signal(0), stopMilliseconds));
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function check(name: string, holds: boolean, actual?: unknown): void {
  if (holds) passed += 1;
  else failed += 1;
  console.log(`${holds ? "ok" : "failed"}: ${name}${holds || actual === undefined ? "" : `, but ${actual}`}`);
}

/** Sends a signal to every process of `npm run dev`; 0 asks only whether there is one. @returns whether there is one */
function signal(name: NodeJS.Signals | 0): boolean {
  try {
    return running.pid !== undefined && process.kill(-running.pid, name);
  } catch {
    return false;
  }
}

async function until(holds: () => boolean, milliseconds: number): Promise<boolean> {
  for (const deadlineMs = Date.now() + milliseconds; Date.now() < deadlineMs; await delay(100)) {
    if (holds()) return true;
  }
  return holds();
}
