import { type PlotOptions, plot } from "@observablehq/plot";
import { parseHTML } from "linkedom";

/** Colors that are readable on light and dark pages. */
export const colors = { gate: "#2f7ed8", peer: "#8a94a3", alarm: "#c2573a" } as const;

const width = 800;

/**
 * Writes plots, one below the other, as an image for light and dark pages.
 *
 * @param label what the image shows, for readers who cannot see it
 */
export function writeSvg(label: string, panels: readonly (PlotOptions & { readonly height: number })[]): string {
  const { document } = parseHTML("<html></html>");
  let height = 0;
  const drawn = panels.map((panel) => {
    const svg = plot({ document, width, ...panel });
    svg.setAttribute("y", String(height));
    height += panel.height;
    return svg.outerHTML;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
<style>svg { color: #57606a } @media (prefers-color-scheme: dark) { svg { color: #c9d1d9 } }</style>
${drawn.join("\n")}
</svg>
`;
}
