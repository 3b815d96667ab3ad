/** One thing wrong with one variable of the configuration. */
export interface Fault {
  readonly variable: string;
  /** What was wrong. Never the value of a secret. */
  readonly problem: string;
  /** What right looks like. */
  readonly example: string;
}

/**
 * Writes a fault as one line for the log.
 *
 * @example
 * describeFault({ variable: "ENTRA_TENANT_ID", problem: "is missing", example: "ENTRA_TENANT_ID=11111111-…" })
 * // "ENTRA_TENANT_ID is missing; for example ENTRA_TENANT_ID=11111111-…"
 */
export function describeFault(fault: Fault): string {
  return `${fault.variable} ${fault.problem}; for example ${fault.example}`;
}
