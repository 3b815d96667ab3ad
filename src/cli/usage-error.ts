/** The caller can put it right: its message is all that is printed. */
export class UsageError extends Error {}
