import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ReadGraphToken } from "../../../cli/doctor/azure-cli.ts";
import { examine } from "../../../cli/doctor/doctor.ts";
import type { Finding } from "../../../cli/doctor/finding.ts";
import type { GateCode } from "../../../cli/project/gate-code.ts";
import { readSettings } from "../../../cli/project/settings.ts";
import { tenants } from "../../../entra/directory/directory.ts";
import { createFakeIo, frozenNowMs } from "../../support/io.ts";
import { entra } from "./explain-world.ts";

/** Changes to a good configuration; `undefined` removes a line. */
export interface Ailment {
  readonly vars?: Readonly<Record<string, string | undefined>>;
  readonly top?: Readonly<Record<string, string | undefined>>;
  readonly code?: GateCode;
  /** A response in place of the correct one; `undefined` for the correct one. */
  readonly answer?: (url: URL, request: Request) => Response | undefined | Promise<Response | undefined>;
  /** Milliseconds by which the authority's clock is ahead. */
  readonly aheadMs?: number;
  readonly readGraphToken?: ReadGraphToken;
}

/** IDs as Entra issues them, in place of those of the local Entra, which doctor recognizes. */
export const ids = {
  contoso: "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2",
  fabrikam: "7f0e2d94-5ab3-4c61-9e78-06c4d1a83b5e",
  api: "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
} as const;

export const idVariables = { ENTRA_TENANT_ID: ids.contoso, ENTRA_API_AUDIENCE: ids.api };

const goodVars = {
  ...idVariables,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ORIGIN_URL: "https://origin.contoso.example",
};
const goodTop = {
  workers_dev: "false",
  preview_urls: "false",
  routes: '[{ pattern = "api.contoso.example/*", zone_name = "contoso.example" }]',
};

/** Returns all findings of doctor about a configuration. */
export async function examineAilment({
  vars = {},
  top = {},
  code = { options: {} },
  answer,
  aheadMs = 0,
  readGraphToken,
}: Ailment): Promise<readonly Finding[]> {
  const lines = [
    ...writeLines({ ...goodTop, ...top }),
    "[vars]",
    ...writeLines({ ...goodVars, ...vars }, (value) => JSON.stringify(value)),
  ];
  const directory = mkdtempSync(path.join(tmpdir(), "doctor-"));
  writeFileSync(path.join(directory, "wrangler.toml"), lines.join("\n"));
  const io = createFakeIo({
    async fetch(request) {
      const url = new URL(request.url);
      const ailing = await answer?.(url, request);
      if (ailing !== undefined) return ailing;
      if (url.hostname === "origin.contoso.example") return new Response(null, { status: 401 });
      const { status, body } = await askAboutShown(request);
      return new Response(body, { status, headers: { date: new Date(frozenNowMs + aheadMs).toUTCString() } });
    },
  });
  try {
    return await examine(readSettings(directory, {}, { devVars: true }), code, io, { readGraphToken });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Asks the local Entra, which knows its tenants by their own IDs. */
async function askAboutShown(request: Request): Promise<{ status: number; body: string }> {
  const name = request.url.includes(ids.fabrikam) ? "fabrikam" : "contoso";
  const response = await entra.fetch(new Request(request.url.replace(ids[name], tenants[name].id), request));
  return { status: response.status, body: (await response.text()).replaceAll(tenants[name].id, ids[name]) };
}

function writeLines(
  values: Readonly<Record<string, string | undefined>>,
  write: (value: string) => string = String,
): readonly string[] {
  return Object.entries(values)
    .filter((line): line is [string, string] => line[1] !== undefined)
    .map(([name, value]) => `${name} = ${write(value)}`);
}
