import * as Plot from "@observablehq/plot";
import { colors, writeSvg } from "../../bench/svg.ts";
import type { Stretch } from "./record.ts";
import type { SoakReport } from "./run.ts";

const mebibyte = 1024 * 1024;

/** Draws a run: memory, latency and answers over time, with the events of the authority. */
export function drawSoak({ seconds, stretches, events }: SoakReport): string {
  const marks = [
    Plot.rectX(events, {
      x1: "atSeconds",
      x2: ({ atSeconds, seconds: lasts = 0 }) => atSeconds + lasts,
      filter: "seconds",
      title: "name",
      fill: colors.alarm,
      fillOpacity: 0.15,
    }),
    Plot.ruleX(events, {
      x: "atSeconds",
      filter: ({ seconds: lasts = 0 }) => lasts === 0,
      title: "name",
      stroke: colors.peer,
      strokeDasharray: "3 3",
    }),
  ];
  const panel = (
    label: string,
    lines: readonly (readonly [stroke: string, value: (stretch: Stretch) => number])[],
  ) => ({
    height: 170,
    x: { domain: [0, seconds], label: "seconds" },
    y: { label, zero: true, nice: true },
    marks: [...marks, ...lines.map(([stroke, y]) => Plot.lineY(stretches, { x: "atSeconds", y, stroke }))],
  });
  return writeSvg("Memory, latency and answers of the gate over time", [
    panel("Resident memory of workerd, MiB (shaded: the authority fails; dashed: keys change)", [
      [colors.gate, ({ residentBytes }) => residentBytes / mebibyte],
    ]),
    panel("Latency, ms: median (blue) and 99th percentile (red)", [
      [colors.gate, ({ median }) => median],
      [colors.alarm, ({ percentile99 }) => percentile99],
    ]),
    panel("Answers in 2 s", [[colors.gate, ({ answers }) => answers]]),
  ]);
}
