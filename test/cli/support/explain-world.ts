import { explain } from "../../../cli/explain/explain.ts";
import type { Explanation } from "../../../cli/explain/facts/explanation.ts";
import type { Question } from "../../../cli/explain/facts/facts.ts";
import { takeKeysFromAuthority } from "../../../cli/explain/keys.ts";
import type { ExplainTools } from "../../../cli/explain/tools.ts";
import type { GateCode } from "../../../cli/project/gate-code.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import type { GateOptions } from "../../../src/app/gate-options.ts";
import { entra } from "../../support/frozen-entra.ts";
import { createFakeIo } from "../../support/io.ts";
import { createOwnKey } from "../../support/own-key.ts";

export { entra };

/** The API's own key, which is published only under `?appid=`. */
export const keyOfApp = createOwnKey();

export const environment = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
};

export interface Situation {
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly options?: GateOptions;
  readonly request?: Question["request"];
  readonly tools?: {
    readonly keys?: ExplainTools["keys"] | undefined;
    readonly list?: ExplainTools["list"];
    readonly rules?: ExplainTools["rules"];
    readonly unsafe?: boolean;
  };
  readonly problem?: string;
  /** Whether secrets are not visible. */
  readonly deployed?: boolean;
  /** Whether the gate is for Cloudflare Workers; `true` if absent. */
  readonly onWorkers?: boolean;
  /** The code of a whole worker, in place of the options. */
  readonly code?: GateCode;
}

/** Explains a credential for a gate of the public cloud, with the keys of the local Entra. */
export async function explainCredential(
  authorization: string | null,
  {
    environment: changes = {},
    options = {},
    request,
    tools,
    problem,
    code,
    deployed = false,
    onWorkers = true,
  }: Situation = {},
): Promise<Explanation> {
  const io = createFakeIo({ fetch: answer });
  const variables = Object.entries({ ...environment, ...changes }).filter(([, value]) => value !== undefined);
  return explain(
    { authorization, ...(request && { request }) },
    {
      options,
      ...code,
      environment: Object.fromEntries(variables),
      onWorkers,
      deployed,
      ...(problem !== undefined && { problem }),
    },
    { io, keys: takeKeysFromAuthority(io), ...tools },
  );
}

async function answer(request: Request): Promise<Response> {
  const response = await entra.fetch(request);
  if (new URL(request.url).searchParams.get("appid") !== api.clientId) return response;
  const { keys } = (await response.json()) as { keys: object[] };
  return Response.json({ keys: [...keys, keyOfApp.jwk] });
}
