import { readConfig } from "../../config/config.ts";
import type { Io } from "../../io.ts";
import { createConfigContext, listRoutes } from "../gate-code.ts";
import type { GateCode } from "../load-gate.ts";
import type { Settings } from "../settings.ts";
import { examineConfiguration } from "./configuration.ts";
import { examineCredentials } from "./credentials.ts";
import { examineDeployment } from "./deployment.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { examineOrigin } from "./origin.ts";
import { examineRoutes } from "./routes.ts";
import type { DoctorSubject } from "./subject.ts";
import { examineTenants } from "./tenants.ts";

const { fault } = findingsOf("configuration");

/**
 * Looks at everything that a gate needs. What the gate itself calls a fault comes first, and then there is nothing else to
 * look at.
 *
 * @param io network and clock
 * @param offline asks nobody
 */
export async function examine(
  settings: Settings,
  code: GateCode,
  io: Io,
  offline: boolean,
): Promise<readonly Finding[]> {
  const routes = listRoutes(code.options);
  const read = readConfig(settings.environment, createConfigContext(code.options, routes, settings.onWorkers));
  if (!read.ok) return read.error.map(({ variable, problem, example }) => fault(`${variable} ${problem}`, example));
  const subject: DoctorSubject = { settings, code, routes, config: read.value, io: offline ? undefined : io };
  const [tenants, origin] = await Promise.all([examineTenants(subject), examineOrigin(subject)]);
  return [
    ...examineConfiguration(subject),
    ...examineDeployment(subject),
    ...tenants,
    ...origin,
    ...(await examineCredentials(subject, io.now())),
    ...examineRoutes(subject),
  ];
}
