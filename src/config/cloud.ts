/** The clouds in which Entra ID runs, apart from each other. */
export const cloudNames = ["public", "usgov", "china"] as const;

export type CloudName = (typeof cloudNames)[number];
