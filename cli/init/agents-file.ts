import path from "node:path";
import { readInput } from "../common/input-file.ts";
import { findOwnFolder } from "../common/own-package.ts";

export const agentsFile = "AGENTS.md";
const [begin, end] = ["<!-- entra-gate -->", "<!-- /entra-gate -->"];

/**
 * Writes what coding agents have to know about a gate: the skill of this package, without its head and between marks.
 *
 * @param present text of `AGENTS.md`, of which all else stays
 */
export function writeAgents(present = ""): string {
  const [, , ...skill] = readInput(path.join(findOwnFolder(), "skills/entra-gate/SKILL.md")).split(/^---\n/m);
  const section = [begin, skill.join("---\n").trim(), end].join("\n");
  // The last mark: from one without an end, the section would reach over what a person wrote.
  const from = present.lastIndexOf(begin);
  const to = present.indexOf(end, from);
  if (from !== -1 && to !== -1) return present.slice(0, from) + section + present.slice(to + end.length);
  return `${[present.trimEnd(), section].filter(Boolean).join("\n\n")}\n`;
}
