import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { warning } = findingsOf("deployment");

/**
 * Warns of a Node on which JSON of a caller can end the process, if the gate does not run on Workers. Deno and Bun have
 * the version of Node with which they are compatible too.
 *
 * @param versions of the runtime of this command, in which the gate probably runs too
 */
export function examineNode(
  { settings }: Pick<DoctorSubject, "settings">,
  versions: Readonly<Record<string, string | undefined>> = process.versions,
): readonly Finding[] {
  const { node = "", deno, bun } = versions;
  if (settings.onWorkers || deno !== undefined || bun !== undefined || !node.startsWith("26.")) return [];
  return [
    warning(
      `JSON.parse of Node ${node} can end the process: the gate bounds what it parses itself, but not what a handler reads with request.json()`,
      "run the gate on Node 22 or 24, see npx entra-gate docs reference/runtimes#json-on-node-26",
    ),
  ];
}
