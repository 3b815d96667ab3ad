import * as Plot from "@observablehq/plot";
import type { Report } from "./report.ts";
import { colors, writeSvg } from "./svg.ts";

/** Requests of the chart: the line of the gate, that of the recipe, and the line without either. */
const groups = [
  { request: "known token", gate: "gate, known token", recipe: "Hono with jose, known token", without: "plain Hono" },
  { request: "new token", gate: "gate, new token", recipe: "Hono with jose, new token", without: "plain Hono" },
  { request: "forwarded", gate: "gate, forwarding", recipe: "Hono with jose, forwarding", without: "pass-through" },
] as const;

/** Draws the processor time that the gate, and Hono with jose, add to a request. */
export function drawChart({ machine, lines }: Report): string {
  const find = (name: string) => lines.find((line) => line.name === name)?.us.value ?? Number.NaN;
  const bars = groups.flatMap(({ request, gate, recipe, without }) => [
    { request, who: "entra-gate", us: Math.round(find(gate) - find(without)) },
    { request, who: "Hono with jose", us: Math.round(find(recipe) - find(without)) },
  ]);
  const position = { x: "us", y: "who", fy: "request" } as const;
  return writeSvg("Processor time that the gate and Hono with jose add to a request", [
    {
      height: 260,
      marginTop: 60,
      marginLeft: 110,
      marginRight: 120,
      x: { axis: "top", label: "Microseconds of processor time added to one request", labelOffset: 40 },
      y: { domain: ["entra-gate", "Hono with jose"], label: null, tickSize: 0 },
      fy: { domain: groups.map(({ request }) => request), label: null },
      marks: [
        Plot.barX(bars, { ...position, fill: ({ who }) => (who === "entra-gate" ? colors.gate : colors.peer) }),
        Plot.text(bars, { ...position, text: "us", textAnchor: "start", dx: 4 }),
        Plot.text([machine], { frameAnchor: "top-left", dx: -100, dy: -50, fy: null }),
      ],
    },
  ]);
}
