/** Augment this interface with your own values: `declare module "entra-gate" { interface AppState { db: Database } }`. */
// biome-ignore lint/suspicious/noEmptyInterface: module augmentation fills it
export interface AppState {}
