const toXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const plain = (text: string) => text.replaceAll("`", "");
const columns = [16, 220, 470];
/** Of the widest font in which a line of code can be drawn at its size. */
const characterWidth = 7.3;

/** In an image of the site, the color scheme is the one that the reader chose there. */
const style =
  "<style>.text{fill:#1f2328}.quiet{fill:#4b5563}.back{fill:#fff}.code{fill:#f3f4f6}" +
  "@media(prefers-color-scheme:dark){.text{fill:#e6edf3}.quiet{fill:#9aa4b2}.back{fill:#1b1b1f}.code{fill:#2a2b31}}</style>";

/** Draws a report of `tools/pull-request` as the service shows it: a table, and the outputs that are open. */
export function drawComment(report: string): string {
  const [table = "", ...outputs] = report.split("\n\n<details");
  const codes = outputs
    .filter((output) => output.startsWith(" open"))
    .flatMap((output) => output.split("\n").slice(3, -2));
  const width = Math.max(900, ...codes.map((line) => Math.ceil(line.length * characterWidth) + 56));
  const rows: string[] = [];
  let y = 60;
  const write = (x: number, text: string, style = "") => {
    rows.push(`<text x="${x}" y="${y}" xml:space="preserve"${style}>${toXml(text)}</text>`);
  };
  const title = /^### (.+)$/m.exec(table)?.[1] ?? "";
  write(16, title, ' font-weight="bold" font-size="17"');
  const lines = table.split("\n").filter((line) => line.startsWith("| "));
  for (const [index, line] of lines.entries()) {
    y += 28;
    const cells = line.split("|").slice(1, -1);
    for (const [column, cell] of cells.entries()) {
      write(columns[column] ?? 0, plain(cell.trim()), index === 0 ? ' font-weight="bold"' : "");
    }
  }
  for (const output of outputs) {
    const [, open, summary = ""] = /^( open)?><summary>(.+)<\/summary>$/m.exec(output) ?? [];
    y += 32;
    write(16, `${open === undefined ? "▸" : "▾"} ${summary}`);
    if (open === undefined) continue;
    const code = output.split("\n").slice(3, -2);
    rows.push(
      `<rect x="16" y="${y + 10}" width="${width - 32}" height="${code.length * 18 + 14}" rx="6" class="code"/>`,
    );
    y += 10;
    for (const line of code) {
      y += 18;
      write(28, line, ' font-family="monospace" font-size="12"');
    }
    y += 10;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 24}" font-family="sans-serif" font-size="14" class="text">`,
    "<title>The comment of a pull request that lets more callers delete orders</title>",
    style,
    `<rect x="1" y="1" width="${width - 2}" height="${y + 22}" rx="6" class="back" stroke="#9aa4b2"/>`,
    `<path d="M1 32H${width - 1}" stroke="#9aa4b2"/>`,
    '<text x="16" y="22" class="quiet">github-actions (bot) commented</text>',
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}
