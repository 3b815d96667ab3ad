import { setTimeout as delay } from "node:timers/promises";
import type { Supply } from "./supply.ts";

export interface Event {
  readonly atSeconds: number;
  readonly name: string;
  /** Duration of the event. */
  readonly seconds?: number;
  happen(supply: Supply): Promise<void> | void;
}

const cycleSeconds = 180;
const outageSeconds = 25;
const outages = ["down", "slow", "html", "oversize"] as const;

/**
 * Plans the events of the authority. Each three minutes have a rollover, emergency and planned in turn, and an outage.
 * The time between an outage and the next rollover is longer than the gate's longest back-off, so the gate must know a
 * new key.
 */
export function planEvents(seconds: number): readonly Event[] {
  const events: Event[] = [];
  for (let cycle = 0; cycle * cycleSeconds < seconds; cycle += 1) {
    const base = cycle * cycleSeconds;
    const outage = outages[cycle % outages.length] ?? "down";
    if (cycle % 2 === 0) {
      events.push({
        atSeconds: base + 5,
        name: "emergency rollover",
        happen: (supply) => supply.rollOverInEmergency(),
      });
    } else {
      events.push({ atSeconds: base + 5, name: "next key published", happen: (supply) => supply.publishNext() });
      events.push({ atSeconds: base + 45, name: "planned rollover", happen: (supply) => supply.switchToNext() });
    }
    const happen = (supply: Supply) => supply.fail(outage, outageSeconds * 1_000);
    events.push({ atSeconds: base + 65, name: `authority: ${outage}`, seconds: outageSeconds, happen });
  }
  return events.filter(({ atSeconds }) => atSeconds < seconds);
}

/** Runs the events at their time. */
export async function runEvents(events: readonly Event[], supply: Supply, startMs: number): Promise<void> {
  for (const { atSeconds, happen } of events) {
    await delay(Math.max(0, startMs + atSeconds * 1_000 - Date.now()), undefined, { ref: false });
    await happen(supply);
  }
}
