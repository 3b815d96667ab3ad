import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { examine } from "../../../src/cli/doctor/doctor.ts";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import type { GateCode } from "../../../src/cli/gate-code.ts";
import { readSettings } from "../../../src/cli/settings.ts";
import { api, tenants } from "../../../src/testing/directory/directory.ts";
import { createFakeIo, frozenNowMs } from "../../support/io.ts";
import { entra } from "./explain-world.ts";

/** A configuration that nothing is wrong with, but for some changes; `undefined` removes a line. */
export interface Ailment {
  readonly vars?: Readonly<Record<string, string | undefined>>;
  readonly top?: Readonly<Record<string, string | undefined>>;
  readonly code?: GateCode;
  /** What the world answers in place of what it should; `undefined` leaves it alone. */
  readonly answer?: (url: URL) => Response | undefined;
  /** How far the authority's clock is ahead. */
  readonly aheadMs?: number;
}

const goodVars = {
  ENTRA_TENANT_ID: tenants.contoso.id,
  ENTRA_API_AUDIENCE: api.clientId,
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ORIGIN_URL: "https://origin.contoso.example",
};
const goodTop = {
  workers_dev: "false",
  preview_urls: "false",
  routes: '[{ pattern = "api.contoso.example/*", zone_name = "contoso.example" }]',
};

/** Everything that doctor finds in a configuration. */
export async function examineAilment({
  vars = {},
  top = {},
  code = { options: {} },
  answer,
  aheadMs = 0,
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
      const ailing = answer?.(url);
      if (ailing !== undefined) return ailing;
      if (url.hostname === "origin.contoso.example") return new Response(null, { status: 401 });
      const { status, body } = await entra.fetch(request);
      return new Response(body, { status, headers: { date: new Date(frozenNowMs + aheadMs).toUTCString() } });
    },
  });
  try {
    return await examine(readSettings(directory, {}, { devVars: true }), code, io, false);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function writeLines(
  values: Readonly<Record<string, string | undefined>>,
  write: (value: string) => string = String,
): readonly string[] {
  return Object.entries(values)
    .filter((line): line is [string, string] => line[1] !== undefined)
    .map(([name, value]) => `${name} = ${write(value)}`);
}
