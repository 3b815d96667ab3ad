import { readFileSync } from "node:fs";
import path from "node:path";
import * as limits from "../../src/base/common/limits.ts";

const values: Readonly<Record<string, number>> = { ...limits };
const introduction = `# Limits

This page is for operators and reviewers who want to know a number that bounds the gate. The name of each limit has its
unit. A reason also applies to the rows below it without a reason.

You can configure only those numbers that [Variables](variables.md), [Gate options](gate-options.md) or
[Validation](validation.md) mention.
`;

const end = `
## Next

[Limit requests](../how-to/limit-requests.md): the limits that you set for your callers.
`;

/** Writes docs/reference/limits.md: each number of src/base/common/limits.ts with its comment, below its heading. */
export function renderLimits(): string {
  const source = readFileSync(path.resolve(import.meta.dirname, "../../src/base/common/limits.ts"), "utf8");
  const parts = source.matchAll(/^\/\/ ## (.+)|(?:\/\*\*([\s\S]*?)\*\/\n)?export const (\w+) =/gm);
  const lines = [...parts].flatMap(([, heading, comment = "", name = ""]) =>
    heading === undefined
      ? [`| \`${name}\` | ${formatValue(name, values[name] ?? 0)} | ${readReason(comment)} |`]
      : ["", `## ${heading}`, "", "| limit | value | reason |", "|---|---|---|"],
  );
  return [introduction.trimEnd(), ...lines, end].join("\n");
}

function readReason(comment: string): string {
  return comment
    .replaceAll(/^\s*\* ?/gm, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll("|", "\\|")
    .replaceAll(/docs\/([\w/-]+\.md)#([\w-]+)/g, (_, page: string, anchor: string) => {
      const title = anchor.replaceAll("-", " ");
      return `[${title[0]?.toUpperCase()}${title.slice(1)}](../${page}#${anchor})`;
    })
    .trim();
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
