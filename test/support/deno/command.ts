import path from "node:path";

const root = path.resolve(import.meta.dirname, "../../..");

const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;

/**
 * Deno's binary, as npm installed it. The command in node_modules/.bin is a program of Node that starts it if no
 * install script ran. To end that program would leave Deno running.
 */
export const denoCommand = path.join(
  root,
  "node_modules/@deno",
  platform,
  process.platform === "win32" ? "deno.exe" : "deno",
);

/** Flags for every start of Deno: no prompt, no download, packages as npm installed them. */
export const denoFlags = ["--no-prompt", "--no-remote", "--no-lock", "--node-modules-dir=manual"] as const;

/** Only the permissions that a gate needs. */
export const gatePermissions = ["--allow-net", "--allow-env"] as const;
