// Waits in front of each file of `test/package` until install.ts has installed the package.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { inject } from "vitest";
import type { Outcome } from "./install.ts";

const pollMilliseconds = 100;

while (!existsSync(inject("outcome"))) await delay(pollMilliseconds);
const outcome: Outcome = JSON.parse(readFileSync(inject("outcome"), "utf8"));
if ("error" in outcome) throw new Error(outcome.error);
