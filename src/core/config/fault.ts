/** A problem with one variable of the configuration. */
export interface ConfigFault {
  readonly variable: string;
  /** A predicate about the variable, without a period. Never contains a secret. */
  readonly problem: string;
  /** A correct value. Absent if `problem` already says what to do. */
  readonly example?: string | undefined;
}

/**
 * Formats a fault as one line for the log.
 *
 * @example
 * describeFault({ variable: "ENTRA_TENANT_ID", problem: "is missing", example: "ENTRA_TENANT_ID=11111111-…" })
 * // "ENTRA_TENANT_ID is missing. Example: ENTRA_TENANT_ID=11111111-…"
 */
export function describeFault({ variable, problem, example }: ConfigFault): string {
  return `${variable} ${problem}${example === undefined ? "" : `. Example: ${example}`}`;
}
