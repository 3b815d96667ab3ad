import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");

const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;

/**
 * Deno itself, as npm installed it. The command in node_modules/.bin is a program of Node that starts it where no install
 * script ran: whoever ends that would leave Deno behind.
 */
export const denoCommand = path.join(
  root,
  "node_modules/@deno",
  platform,
  process.platform === "win32" ? "deno.exe" : "deno",
);

/** What every start of Deno has in common: no question, no download, packages as npm installed them. */
export const denoFlags = ["--no-prompt", "--no-remote", "--no-lock", "--node-modules-dir=manual"] as const;

/** Permissions that a gate needs, and no other. */
export const gatePermissions = ["--allow-net", "--allow-env"] as const;
