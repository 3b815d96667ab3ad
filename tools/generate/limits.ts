import * as limits from "../../src/base/common/limits.ts";

const values: Readonly<Record<string, number>> = { ...limits };

/** Writes the values of docs/reference/limits.md: of each row, whose first cell is a name of common/limits.ts. */
export function renderLimits(page: string): string {
  return page.replaceAll(/^\| `(\w+)` \|[^|]*\|/gm, (_row, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`docs/reference/limits.md: src/base/common/limits.ts has no ${name}`);
    return `| \`${name}\` | ${formatValue(name, value)} |`;
  });
}

/** Formats a number in the unit that people use. */
function formatValue(name: string, value: number): string {
  if (/bytes/i.test(name) && !name.endsWith("Second")) return formatBytes(value);
  if (name.endsWith("BytesPerSecond")) return `${formatBytes(value)}/s`;
  if (/milliseconds/i.test(name)) return formatDuration(value / 1_000);
  if (/seconds/i.test(name)) return formatDuration(value);
  return value.toLocaleString("en-US");
}

function formatBytes(value: number): string {
  if (value >= 1024 * 1024) return `${value / (1024 * 1024)} MiB`;
  return value >= 1024 ? `${value / 1024} KiB` : `${value} bytes`;
}

function formatDuration(seconds: number): string {
  if (seconds < 1) return `${seconds * 1_000} ms`;
  if (seconds >= 86_400 && seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`;
  return `${seconds.toLocaleString("en-US")} s`;
}
