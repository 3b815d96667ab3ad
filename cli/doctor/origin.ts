import { describeCause, withDeadline } from "../../src/tools/common.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("origin");

/** Enough for a server that has to start first. */
const probeMilliseconds = 10_000;

/** Checks whether the origin answers. It does not matter how it answers a request without a token. */
export async function examineOrigin({ config, io, code, table, settings }: DoctorSubject): Promise<readonly Finding[]> {
  if (code.options.worker !== undefined) return [good("the worker that createGate gets as an option")];
  const { target } = config.origin;
  if (target.kind === "zone") {
    if (code.problem !== undefined && code.table === undefined)
      return [skipped("the routes are unknown, so this command cannot tell whether they forward")];
    const forwards = table.createContext(settings.onWorkers).serving?.forwards(config.observation.mode) === true;
    return [good(forwards ? "the zone's own origin" : "the app answers itself, without an origin")];
  }
  if (target.kind === "service") return [good("the service binding ORIGIN")];
  const name = target.url.href;
  if (io === undefined) return [skipped(`${name} was not asked`)];
  try {
    const probe = new Request(target.url, { method: "HEAD", redirect: "manual" });
    const response = await withDeadline(io, probeMilliseconds, io.fetch(probe));
    if (response === undefined)
      return [fault(`${name} did not answer in ${probeMilliseconds / 1_000} s`, "start the origin")];
    if (response.status >= 500)
      return [warning(`${name} answers ${response.status}`, "find the error in the origin's log")];
    return [good(`${name} answers ${response.status}`)];
  } catch (error) {
    return [fault(`${name} cannot be reached: ${describeCause(error)}`, "check ORIGIN_URL, and start the origin")];
  }
}
