import { clients } from "../../../entra/directory/clients.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import type { Stack } from "../../support/stack.ts";

/** Gets a token of the local Entra for the daemon, by the client credentials flow. */
export async function fetchDaemonToken({ entraUrl }: Stack): Promise<string> {
  const response = await fetch(`${entraUrl}/${tenants.contoso.id}/oauth2/v2.0/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clients.daemon.clientId,
      client_secret: clients.daemon.secret,
      scope: `${api.appIdUri}/.default`,
    }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
