import type { SoakReport } from "./run.ts";

const mebibyte = 1024 * 1024;
const left = 70;
const width = 760;
const panelHeight = 120;
const gap = 44;
const top = 40;

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly values: readonly number[];
}

/** Draws a run: memory, latency and answers over time, with what befell the authority, for light and dark pages. */
export function drawSoak({ seconds, stretches, events }: SoakReport): string {
  const x = (atSeconds: number) => left + (width * atSeconds) / seconds;
  const times = stretches.map(({ atSeconds }) => atSeconds);
  const panels: readonly (readonly [title: string, lines: readonly Line[]])[] = [
    [
      "Resident memory of workerd, MiB",
      [{ name: "resident", colour: "#2f7ed8", values: stretches.map(({ residentBytes }) => residentBytes / mebibyte) }],
    ],
    [
      "Latency, ms",
      [
        { name: "median", colour: "#2f7ed8", values: stretches.map(({ median }) => median) },
        { name: "99th percentile", colour: "#c2573a", values: stretches.map(({ percentile99 }) => percentile99) },
      ],
    ],
    ["Answers in 2 s", [{ name: "answers", colour: "#2f7ed8", values: stretches.map(({ answers }) => answers) }]],
  ];
  const height = top + panels.length * (panelHeight + gap);
  const bottom = height - gap;
  const marks = events.map(({ atSeconds, name, seconds: lasts = 0 }) =>
    lasts > 0
      ? `  <rect x="${x(atSeconds)}" y="${top}" width="${x(lasts) - left}" height="${bottom - top}" fill="#c2573a" opacity="0.12"><title>${name}</title></rect>`
      : `  <line x1="${x(atSeconds)}" x2="${x(atSeconds)}" y1="${top}" y2="${bottom}" stroke="#8a94a3" stroke-dasharray="3 3"><title>${name}</title></line>`,
  );
  const drawn = panels.map(([title, lines], index) =>
    drawPanel(title, lines, times.map(x), top + index * (panelHeight + gap)),
  );
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (share) =>
      `  <text x="${left + width * share}" y="${bottom + 16}" text-anchor="middle">${Math.round(seconds * share)} s</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${left + width + 20} ${height}" width="${left + width + 20}" height="${height}" role="img" aria-label="Memory, latency and answers of the gate over time">
  <style>text { font: 12px system-ui, sans-serif; fill: #57606a } @media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } }</style>
  <text x="8" y="16">Shaded: the authority fails. Dashed: a key is rolled over or published.</text>
${marks.join("\n")}
${drawn.join("\n")}
${ticks.join("\n")}
</svg>
`;
}

function drawPanel(title: string, lines: readonly Line[], xs: readonly number[], y: number): string {
  const most = Math.max(1, ...lines.flatMap(({ values }) => values)) * 1.1;
  const place = (value: number) => y + panelHeight - (panelHeight * value) / most;
  const names = lines.length > 1 ? `: ${lines.map(({ name }) => name).join(" and ")}` : "";
  return [
    `  <text x="${left}" y="${y - 6}">${title}${names}</text>`,
    ...[0, most / 2, most].map(
      (value) => `  <text x="${left - 8}" y="${place(value) + 4}" text-anchor="end">${Math.round(value)}</text>`,
    ),
    `  <path d="M${left} ${y}V${y + panelHeight}H${left + width}" fill="none" stroke="#8a94a3"/>`,
    ...lines.map(({ colour, values }) => {
      const points = values.map((value, index) => `${(xs[index] ?? 0).toFixed(1)},${place(value).toFixed(1)}`);
      return `  <polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
    }),
  ].join("\n");
}
