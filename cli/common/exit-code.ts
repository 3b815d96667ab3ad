/** Exit codes for a shell and for CI. `usage` is a mistake in the command, or a file that it cannot use. */
export const exitCodes = { good: 0, bad: 1, unknown: 2, usage: 3 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
