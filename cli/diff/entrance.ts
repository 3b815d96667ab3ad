import type { GateCode } from "../project/gate-code.ts";
import { createChange, type ProjectChange } from "./project-change.ts";

/** Compares default exports that do not show their routes: what they do before or beside the app is not known. */
export function compareEntrances({ entrance: was }: GateCode, { entrance: is }: GateCode): readonly ProjectChange[] {
  if (was === is) return [];
  return createChange("worker", "worker", ["unknown"], describeEntrance(was), describeEntrance(is));
}

function describeEntrance(entrance: string | undefined): string {
  if (entrance === undefined) return "serves the app whose routes are compared";
  return `a default export that need not serve the app whose routes are compared: ${entrance.replace(/\s+/g, " ").slice(0, 200)}`;
}
