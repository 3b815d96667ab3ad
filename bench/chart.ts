import * as Plot from "@observablehq/plot";
import type { Report } from "./report.ts";
import { colors, writeSvg } from "./svg.ts";

/** Draws a report as bars. */
export function drawChart({ machine, tool, lines }: Report): string {
  const bars = { x: "median", y: "name" };
  return writeSvg("Requests per second of the gate and its peers", [
    {
      height: 70 + 22 * lines.length,
      marginTop: 60,
      marginLeft: 200,
      marginRight: 60,
      x: { axis: "top", label: `Requests per second in raw workerd, load by ${tool}`, labelOffset: 40 },
      y: { domain: lines.map(({ name }) => name), label: null, tickSize: 0 },
      marks: [
        Plot.barX(lines, { ...bars, fill: ({ name }) => (name.startsWith("gate") ? colors.gate : colors.peer) }),
        Plot.text(lines, { ...bars, text: "median", textAnchor: "start", dx: 4 }),
        Plot.text([machine], { frameAnchor: "top-left", dx: -190, dy: -50 }),
      ],
    },
  ]);
}
