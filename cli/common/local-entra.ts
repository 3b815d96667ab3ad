/** Origin of the local Entra of `entra-gate dev`, unless its port is taken. */
export const defaultEntraUrl = "http://127.0.0.1:8788";
