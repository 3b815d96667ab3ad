/** What the process says to a shell or to CI. */
export const exitCodes = { good: 0, bad: 1, unknown: 2 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
