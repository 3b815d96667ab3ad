/** A mistake of the user. Only its message is printed. */
export class UsageError extends Error {}
