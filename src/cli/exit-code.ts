/** Exit codes for a shell and for CI. */
export const exitCodes = { good: 0, bad: 1, unknown: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
