import { spawnSync } from "node:child_process";
import path from "node:path";
import { fail, type Result, succeed } from "../../src/cli-exports/common.ts";

/** Enough for the Azure CLI to start and to renew its token. */
const commandMilliseconds = 60_000;

/** Returns a token for Microsoft Graph, or why there is none. */
export type ReadGraphToken = (tenant: string | undefined) => Result<string, string>;

/**
 * Gets a token for Microsoft Graph from the Azure CLI, as whoever is signed in there.
 *
 * @param tenant a GUID; that of the Azure CLI's account if absent
 */
export const readGraphToken: ReadGraphToken = (tenant) => {
  const wanted = tenant === undefined ? [] : ["--tenant", tenant];
  const { error, stdout, stderr } = spawnSync(
    "az",
    [
      "account",
      "get-access-token",
      "--resource-type",
      "ms-graph",
      "--query",
      "accessToken",
      "--output",
      "tsv",
      ...wanted,
    ],
    {
      encoding: "utf8",
      timeout: commandMilliseconds,
      // The Azure CLI is a script on Windows, which only a shell starts. Windows would look for it in the current
      // folder first.
      shell: process.platform === "win32",
      cwd: path.dirname(process.execPath),
    },
  );
  const token = stdout?.trim() ?? "";
  // The error about a header with any other character would show the token.
  if (/^[\x21-\x7e]+$/.test(token)) return succeed(token);
  if (error !== undefined) return fail(`az: ${error.message}`);
  // Warnings of Python can come first.
  const lines = stderr.trim().split("\n");
  return fail(lines.find((line) => line.startsWith("ERROR")) || lines.at(-1) || "az printed no token");
};
