const toXml = (text: string) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const plain = (text: string) => text.replaceAll("`", "");
const columns = [16, 220, 470];

/** Draws a report of `tools/pull-request` as the service shows it: a table, and the outputs that are open. */
export function drawComment(report: string): string {
  const [table = "", ...outputs] = report.split("\n\n<details");
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
    rows.push(`<rect x="16" y="${y + 10}" width="868" height="${code.length * 18 + 14}" rx="6" fill="#f3f4f6"/>`);
    y += 10;
    for (const line of code) {
      y += 18;
      write(28, line, ' font-family="monospace" font-size="12"');
    }
    y += 10;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 ${y + 24}" font-family="sans-serif" font-size="14" fill="#1f2328">`,
    "<title>The comment of a pull request that lets more callers delete orders</title>",
    `<rect x="1" y="1" width="898" height="${y + 22}" rx="6" fill="#fff" stroke="#9aa4b2"/>`,
    '<path d="M1 32H899" stroke="#9aa4b2"/>',
    '<text x="16" y="22" fill="#4b5563">github-actions (bot) commented</text>',
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}
