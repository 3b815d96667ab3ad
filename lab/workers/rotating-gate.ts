import { downstreamApi } from "../../entra/directory/directory.ts";
import { platformIo } from "../../src/base/common/io.ts";
import { downstream } from "../../src/extensions/downstream/downstream.ts";
import { issuer } from "../../src/extensions/issuer/issuer.ts";
import { App, createGate, origin, requireAuth } from "../../src/index.ts";
import { createClock } from "../rotation/clock.ts";
import type { Deployment } from "../rotation/settings.ts";

type Gate = ReturnType<typeof createGate>;
interface Version {
  readonly gate: Gate;
  readonly environment: object;
}

const scopes = [`${downstreamApi.appIdUri}/inventory.read`];
let versions: readonly Version[] = [];
let overlapUntilMs = 0;
let asked = 0;

function deploy({ clock, environment, overlapMs }: Deployment): void {
  const now = createClock(clock);
  const routes = new App().get(
    "/inventory",
    { hooks: requireAuth("access_as_user") },
    origin({ as: "on-behalf-of", scopes }),
  );
  const gate = createGate({ routes, downstream: downstream(), issuer: issuer() }, { ...platformIo, now });
  versions = [{ gate, environment }, ...versions.slice(0, 1)];
  overlapUntilMs = Date.now() + overlapMs;
}

/**
 * A gate that can be deployed again without a pause. Each version is a gate of its own, which remembers nothing of the
 * others.
 */
export default {
  async fetch(request: Request, _env: object, context: ExecutionContext): Promise<Response> {
    if (request.url.endsWith("/lab/deploy")) {
      deploy(await request.json());
      return new Response(null, { status: 204 });
    }
    const [latest, previous] = versions;
    if (latest === undefined) return new Response(null, { status: 503 });
    asked += 1;
    const isOld = previous !== undefined && asked % 2 === 0 && Date.now() < overlapUntilMs;
    const { gate, environment } = isOld ? previous : latest;
    return gate.fetch(request, environment, context);
  },
};
