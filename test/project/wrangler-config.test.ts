import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNodeIo } from "../../cli/common/node-io.ts";
import { examine } from "../../cli/doctor/doctor.ts";
import type { Finding } from "../../cli/doctor/finding.ts";
import type { GateCode } from "../../cli/project/gate-code.ts";
import { loadGateCode } from "../../cli/project/load-gate.ts";
import { readSettings } from "../../cli/project/settings.ts";
import { readWrangler } from "../../cli/project/wrangler-config.ts";
import { listSwitchedOff, type SwitchedOff, switchOn } from "../support/wrangler-file.ts";

const root = path.resolve(import.meta.dirname, "../..");
const shipped = readFileSync(path.join(root, "wrangler.toml"), "utf8");
const directory = mkdtempSync(path.join(os.tmpdir(), "entra-gate-wrangler-"));
let code: GateCode;

beforeAll(async () => {
  code = await loadGateCode(path.join(root, "src/worker.ts"));
});

afterAll(() => rmSync(directory, { recursive: true }));

function write(text: string): string {
  const file = path.join(directory, "wrangler.toml");
  writeFileSync(file, text);
  return file;
}

/** Example IDs are faults, so the file gets other ones. */
const exampleId = /(\d)\1{7}(?:-\d{4}){3}-\d{12}/g;

async function faultsOf(text: string, env: string): Promise<readonly string[]> {
  const config = write(text.replace(exampleId, "6fbd2a6$1-4a0e-4c5d-9c0e-2f1f0f6f2a11"));
  const settings = readSettings(directory, {}, { config, env, devVars: false });
  const findings: readonly Finding[] = await examine(settings, code, createNodeIo(), { offline: true });
  return findings.filter(({ state }) => state === "fault").map(({ text: said }) => said);
}

const startsWith = ({ lines }: SwitchedOff, start: string) => lines[0]?.startsWith(start) === true;
/** The settings that docs/tutorials/your-zone.md tells every reader to switch on. */
const basisNames = ["routes", "ENTRA_TENANT_ID", "ENTRA_API_AUDIENCE", "ENTRA_REQUIRED_SCOPE"];
const isBasis = (setting: SwitchedOff) => basisNames.some((name) => startsWith(setting, `${name} =`));
const basis = switchOn(shipped, isBasis);
const optional = listSwitchedOff(basis).map((setting) => [setting.lines[0] ?? "", setting] as const);

describe.each(["staging", "production"])("wrangler.toml, environment %s", (env) => {
  it("allows no bypass of the zone, and has every optional setting off", () => {
    const { workersDev, previewUrls, workersCaching, patterns, environment } = readWrangler(write(shipped), env);
    expect({ workersDev, previewUrls, workersCaching }).toEqual({
      workersDev: false,
      previewUrls: false,
      workersCaching: false,
    });
    expect(patterns).toEqual([]);
    expect(environment).toEqual({});
  });

  it("serves with the settings that every deployment has on", async () => {
    expect(await faultsOf(basis, env)).toEqual([]);
  });
});

describe("each setting that is off", () => {
  it("exists for everything optional", () => {
    const tables = new Set(optional.map(([, { table }]) => table.replace("env.production.", "")));
    // The first is that of the schedule, which environments inherit.
    expect([...tables].sort()).toEqual([
      "",
      "analytics_engine_datasets",
      "durable_objects.bindings",
      "kv_namespaces",
      "ratelimits",
      "secrets",
      "secrets_store_secrets",
      "services",
      "vars",
    ]);
  });

  it.each(optional)("keeps the gate working if only it is on: %s", async (_, setting) => {
    // Credentials require the client ID.
    const needsClient = setting.table.includes("secrets");
    const isChosen = ({ lines }: SwitchedOff) =>
      lines[0] === setting.lines[0] || (needsClient && lines[0]?.startsWith("ENTRA_CLIENT_ID") === true);
    expect(await faultsOf(switchOn(basis, isChosen), "production")).toEqual([]);
  });
});

describe("Workers Caching", () => {
  const without = basis.replace(/^\[cache\]\nenabled = false\n/m, "");
  const fault = "Workers Caching is on: a cache would answer before the gate checks a token";

  it.each([
    ["nowhere", "", []],
    ["for all", "[cache]\nenabled = true", [fault]],
    ["for the environment", "[env.production.cache]\nenabled = true", [fault]],
    [
      "for all except the gate's entry",
      '[cache]\nenabled = true\n[exports.default]\ntype = "worker"\ncache = { enabled = false }',
      [],
    ],
    ["for the gate's entry alone", '[exports.default]\ntype = "worker"\ncache = { enabled = true }', [fault]],
    ["for another entry alone", '[exports.Other]\ntype = "worker"\ncache = { enabled = true }', []],
  ])("is a fault if it is on for the gate's entry: %s", async (_, settings, faults) => {
    expect(await faultsOf(`${without}\n${settings}\n`, "production")).toEqual(faults);
  });
});
