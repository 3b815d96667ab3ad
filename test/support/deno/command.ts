import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");

/** Deno, as npm installed it. */
export const denoCommand = path.join(root, "node_modules/.bin/deno");

/** What every start of Deno has in common: no question, no download, packages as npm installed them. */
export const denoFlags = ["--no-prompt", "--no-remote", "--no-lock", "--node-modules-dir=manual"] as const;

/** Permissions that a gate needs, and no other. */
export const gatePermissions = ["--allow-net", "--allow-env"] as const;
