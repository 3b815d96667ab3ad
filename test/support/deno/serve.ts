import { PortTakenError } from "../../../cli/common/loopback.ts";
import type { Place, ServerPart } from "../stack.ts";
import { gatePermissions } from "./command.ts";
import { startDeno } from "./process.ts";

const listening = /Listening on (http:\/\/[\d.]+:\d+)/;

/**
 * Runs a gate from its source with `deno serve`, as a user would. Throws PortTakenError.
 *
 * @param entry file, relative to the root of the project
 * @param vars its whole environment
 * @param flags further flags of Deno
 * @param port 0 for a free port
 * @param place where it listens, and what gets its log
 */
export async function serveInDeno(
  entry: string,
  vars: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
  port = 0,
  { host = "127.0.0.1", onLine, onMessage }: Place = {},
): Promise<ServerPart> {
  let url = "";
  const { terminate, stop } = await startDeno(
    {
      command: ["serve", ...gatePermissions, `--host=${host}`, `--port=${port}`, ...flags, entry],
      env: vars,
      ...(onLine && { onLine }),
      ...(onMessage && { onMessage }),
    },
    (line) => {
      url = listening.exec(line)?.[1] ?? "";
      return url !== "";
    },
  ).catch((error: Error) => {
    throw error.message.includes("AddrInUse") ? new PortTakenError(port) : error;
  });
  return { url, terminate, stop };
}
