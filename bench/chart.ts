import type { Report } from "./report.ts";

const row = 22;
const labelWidth = 220;
const barWidth = 420;
const top = 46;

/** Draws a report as bars, in colours that hold on light and dark pages. */
export function drawChart({ machine, tool, lines }: Report): string {
  const most = Math.max(...lines.map(({ median }) => median));
  const height = top + lines.length * row + 10;
  const width = labelWidth + barWidth + 90;
  const bars = lines.map(({ name, median }, index) => {
    const y = top + index * row;
    const length = Math.round((barWidth * median) / most);
    const colour = name.startsWith("gate") ? "#2f7ed8" : "#8a94a3";
    return `  <text x="${labelWidth - 8}" y="${y + 14}" text-anchor="end">${name}</text>
  <rect x="${labelWidth}" y="${y + 3}" width="${length}" height="${row - 7}" rx="2" fill="${colour}"/>
  <text x="${labelWidth + length + 6}" y="${y + 14}">${median.toLocaleString("en")}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="Requests per second of the gate and its peers">
  <style>text { font: 12px system-ui, sans-serif; fill: #57606a } @media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } }</style>
  <text x="8" y="16">Requests per second in raw workerd, load by ${tool}</text>
  <text x="8" y="32">${machine}</text>
${bars.join("\n")}
</svg>
`;
}
