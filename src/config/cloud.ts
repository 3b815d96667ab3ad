/** The separate clouds in which Entra ID runs. */
export const cloudNames = ["public", "usgov", "china"] as const;

export type CloudName = (typeof cloudNames)[number];
