import { describeCause, withDeadline } from "../../src/cli-exports/common.ts";
import { type Config, listOrigins } from "../../src/cli-exports/policy.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("origin");

/** Only a request that came through a zone can go on to the origin of that zone. */
function examineZone({ wrangler }: DoctorSubject["settings"]): Finding {
  if (wrangler === undefined || wrangler.patterns.length > 0) return good("the zone's own origin");
  return fault(
    "requests are forwarded to the zone's own origin, but no route of a zone and no custom domain leads to the worker",
    "ORIGIN_URL=https://origin.contoso.com, or routes of your zone",
  );
}

/** Enough for a server that has to start first. */
const probeMilliseconds = 10_000;

/** Checks whether the origins answer. It does not matter how they answer a request without a token. */
export async function examineOrigin(subject: DoctorSubject): Promise<readonly Finding[]> {
  const { config, code } = subject;
  const found = listOrigins(config).map(([variable, origin]) => {
    if (origin !== config.origin || code.options.worker === undefined) return examine(subject, variable, origin);
    return [good("the worker that createGate gets as an option")];
  });
  return (await Promise.all(found)).flat();
}

async function examine(
  { config, io, code, table, settings }: DoctorSubject,
  variable: string,
  { target }: Config["origin"],
): Promise<readonly Finding[]> {
  if (target.kind === "zone") {
    if (code.problem !== undefined && code.table === undefined)
      return [skipped("the routes are unknown, so this command cannot tell whether they forward")];
    const forwards = table.createContext(settings.onWorkers).serving?.forwards(config.observation.mode) === true;
    if (forwards || config.origins.has("zone")) return [examineZone(settings)];
    return config.origins.size > 0 ? [] : [good("the app answers itself, without an origin")];
  }
  if (target.kind === "service") {
    if (target.url === undefined) return [good(`the binding ${variable}`)];
    return [
      good(`the binding ${variable} carries requests to ${target.url.href}`),
      skipped(
        `this command cannot ask through ${variable}. A VPC service sends every request to its own host, whatever ${variable}_URL says. An mTLS certificate gets 520 from a host that Cloudflare proxies`,
      ),
    ];
  }
  const address = target.url.href;
  if (code.options.originFetch !== undefined)
    return [skipped(`this command cannot ask ${address} through originFetch`)];
  if (io === undefined) return [skipped(`${address} was not asked`)];
  try {
    const probe = new Request(target.url, { method: "HEAD", redirect: "manual" });
    const response = await withDeadline(io, probeMilliseconds, io.fetch(probe));
    if (response === undefined)
      return [fault(`${address} did not answer in ${probeMilliseconds / 1_000} s`, "start the origin")];
    if (response.status >= 500)
      return [warning(`${address} answers ${response.status}`, "find the error in the origin's log")];
    return [good(`${address} answers ${response.status}`)];
  } catch (error) {
    return [
      fault(`${address} cannot be reached: ${describeCause(error)}`, `check ${variable}_URL, and start the origin`),
    ];
  }
}
