import { clients } from "../../entra/directory/clients.ts";
import { isRecord, readJson } from "../../src/cli-exports/text.ts";
import { type Paint, showValue } from "../common/terminal.ts";

const styles = { allowed: "green", refused: "red", reported: "yellow" } as const;

/**
 * Writes a decision of the gate as one readable line.
 *
 * @returns the line as it is if it is not a line of the gate
 */
export function prettifyLine(line: string, paint: Paint): string {
  const said = parse(line);
  if (said === undefined) return line;
  const { event, time, id: _, status, reason, method, route, ...more } = said;
  const style = styles[event as keyof typeof styles] ?? "yellow";
  const target = String(route ?? "").startsWith(`${method} `) ? route : [method, route].filter(Boolean).join(" ");
  const details = Object.entries(more).map(([name, value]) => `${name}=${showValue(nameClient(value))}`);
  return [
    String(time ?? "").slice(11, 19),
    paint(style, [event, status].filter(Boolean).map(showValue).join(" ")),
    ...[target, reason].filter(Boolean).map(showValue),
    paint("dim", details.join(" ")),
  ]
    .filter((part) => part !== "")
    .join("  ");
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  const said = readJson(line);
  return isRecord(said) && typeof said.event === "string" ? said : undefined;
}

/** A client of the local Entra by its short name. */
function nameClient(value: unknown): unknown {
  return Object.entries(clients).find(([, { clientId }]) => clientId === value)?.[0] ?? value;
}
