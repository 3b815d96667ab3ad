import { readFileSync } from "node:fs";
import path from "node:path";

/** The part of a Grafana dashboard that its picture shows. */
interface Dashboard {
  readonly panels: readonly {
    readonly title: string;
    readonly description: string;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  }[];
}

/** Pixels of a cell of Grafana's grid, which has 24 columns. */
const cell = { width: 40, height: 22 };
const gap = 4;

/** Draws the panels of docs/how-to/dashboard.json where Grafana places them, with their titles. It shows no data. */
export function drawDashboard(): string {
  const file = path.resolve(import.meta.dirname, "../../docs/how-to/dashboard.json");
  const { panels } = JSON.parse(readFileSync(file, "utf8")) as Dashboard;
  const height = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h)) * cell.height;
  const boxes = panels.map(({ title, description, type, gridPos }) => {
    const [x, y] = [gridPos.x * cell.width + gap, gridPos.y * cell.height + gap];
    const [w, h] = [gridPos.w * cell.width - 2 * gap, gridPos.h * cell.height - 2 * gap];
    const source = description.slice(description.lastIndexOf(", ") + 2);
    return [
      `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="4" fill="#fff" stroke="#9aa4b2"/>`,
      `<text x="${x + 12}" y="${y + 24}" font-weight="bold">${title}</text>`,
      `<text x="${x + 12}" y="${y + 46}" fill="#4b5563">${type}, ${source}</text>`,
    ].join("\n");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${24 * cell.width} ${height}" font-family="sans-serif" font-size="14">`,
    "<title>The panels of the dashboard, without data</title>",
    `<rect width="100%" height="100%" fill="#f3f4f6"/>`,
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}
