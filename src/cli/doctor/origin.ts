import { describeCause } from "../../cause.ts";
import { withDeadline } from "../../io.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("origin");

/** Long enough for a server that wakes up; nobody waits longer for a check. */
const probeMilliseconds = 10_000;

/** Whether the origin answers at all. What it answers to a request without a token is its own affair. */
export async function examineOrigin({ config, io }: DoctorSubject): Promise<readonly Finding[]> {
  const { target } = config.origin;
  if (target.kind === "zone") return [good("the zone's own origin")];
  if (target.kind === "service") return [good("the service binding ORIGIN")];
  const name = target.url.href;
  if (io === undefined) return [skipped(`${name} was not asked`)];
  try {
    const probe = new Request(target.url, { method: "HEAD", redirect: "manual" });
    const response = await withDeadline(io, probeMilliseconds, io.fetch(probe));
    if (response === undefined)
      return [fault(`${name} did not answer in ${probeMilliseconds / 1_000} s`, "a running origin")];
    if (response.status >= 500)
      return [warning(`${name} answers ${response.status}`, "an origin without errors of its own")];
    return [good(`${name} answers ${response.status}`)];
  } catch (error) {
    return [fault(`${name} cannot be reached: ${describeCause(error)}`, "compare ORIGIN_URL, and start the origin")];
  }
}
