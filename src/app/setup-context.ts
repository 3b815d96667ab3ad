import type { Mode } from "../config/observation.ts";
import type { TlsProxyObstacle } from "../config/tls-proxy.ts";
import { type DownstreamProvider, readProvider } from "../guard/downstream.ts";
import { type IssuerProvider, readIssuerProvider } from "../guard/issuer.ts";
import type { SetupContext } from "../guard/setup.ts";
import type { TenantCheck } from "../token/tenant-check.ts";
import type { GateOptions } from "./gate-options.ts";
import type { RouteSource } from "./pipeline/route.ts";

/** Decisions in code that change which variables are required. */
interface Decisions {
  readonly isTenantAllowed?: TenantCheck;
  readonly downstream?: DownstreamProvider;
  readonly issuer?: IssuerProvider;
}

type Routes = Pick<RouteSource, "routes" | "extensions">;

/** Says what the code of a gate decides in addition to its configuration. `entra-gate explain` and `doctor` use it too. */
export function describeGate(options: GateOptions, { routes, extensions }: Routes, onWorkers: boolean): SetupContext {
  const { unlisted = "guard", worker } = options;
  const isRouteForwarded = () => routes.some(({ forwarding }) => forwarding !== undefined);
  return {
    ...describeDecisions(options),
    tlsProxyObstacle: onWorkers ? "workers" : undefined,
    extensions,
    defaultRequirementUnused: unlisted === "reject" && routes.every(({ access }) => access.kind !== "default"),
    // In report mode, `unlisted: "reject"` forwards requests without a route.
    serving: {
      onWorkers,
      forwards: (mode: Mode) =>
        worker === undefined && (unlisted === "guard" || mode === "report" || isRouteForwarded()),
    },
  };
}

/** The same for an app that serves itself. Every route has its own requirement. Routes may be declared later. */
export function describeApp(decisions: Decisions, app: Routes, onWorkers: boolean): SetupContext {
  return {
    ...describeAdapter(decisions, onWorkers ? "workers" : undefined),
    extensions: app.extensions,
    serving: { onWorkers, forwards: () => app.routes.some(({ forwarding }) => forwarding !== undefined) },
  };
}

/** The same for an adapter: its framework serves the requests, and every route has its own requirement. */
export function describeAdapter(decisions: Decisions, obstacle: TlsProxyObstacle | undefined): SetupContext {
  return { ...describeDecisions(decisions), defaultRequirementUnused: true, tlsProxyObstacle: obstacle };
}

function describeDecisions({ isTenantAllowed, downstream, issuer }: Decisions) {
  return {
    isTenantAllowed,
    tenantsDecidedInCode: isTenantAllowed !== undefined,
    downstream: readProvider(downstream),
    issuer: readIssuerProvider(issuer),
  };
}
