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
import { addToProduction, readNeeded, readOptional } from "../support/docs/deployment.ts";

const root = path.resolve(import.meta.dirname, "../..");
const shipped = readFileSync(path.join(root, "wrangler.toml"), "utf8");
const directory = mkdtempSync(path.join(os.tmpdir(), "entra-gate-wrangler-"));
let code: GateCode;

beforeAll(async () => {
  code = await loadGateCode(path.join(root, "src/worker.ts"));
});

afterAll(() => rmSync(directory, { recursive: true }));

function write(text: string, name = "wrangler.json"): string {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}

/** Example IDs are faults, so the file gets other ones. */
const exampleId = /(\d)\1{7}(?:-\d{4}){3}-\d{12}/g;

async function faultsOf(wrangler: object, env: string): Promise<readonly string[]> {
  const config = write(JSON.stringify(wrangler).replace(exampleId, "6fbd2a6$1-4a0e-4c5d-9c0e-2f1f0f6f2a11"));
  const settings = readSettings(directory, {}, { config, env, devVars: false });
  const findings: readonly Finding[] = await examine(settings, code, createNodeIo(), { offline: true });
  return findings.filter(({ state }) => state === "fault").map(({ text: said }) => said);
}

const needed = readNeeded();
/** Each optional setting of docs/how-to/deploy.md by its name. */
const optional = readOptional().flatMap(({ vars = {}, ...others }) => [
  ...Object.entries(vars).map(([name, value]) => [name, { vars: { [name]: value } }] as const),
  ...Object.entries(others).map(([name, value]) => [name, { [name]: value }] as const),
]);

describe.each(["staging", "production"])("wrangler.toml, environment %s", (env) => {
  it("allows no bypass of the zone, and has every other setting off", () => {
    const { workersDev, previewUrls, workersCaching, patterns, environment } = readWrangler(
      write(shipped, "wrangler.toml"),
      env,
    );
    expect({ workersDev, previewUrls, workersCaching }).toEqual({
      workersDev: false,
      previewUrls: false,
      workersCaching: false,
    });
    expect(patterns).toEqual([]);
    expect(environment).toEqual({});
  });

  it("serves with the settings that every deployment has on", async () => {
    expect(await faultsOf(needed, env)).toEqual([]);
  });
});

describe("each optional setting of docs/how-to/deploy.md", () => {
  it("is found", () => {
    const names = optional.map(([name]) => name);
    expect(names).toEqual(
      expect.arrayContaining(["ENTRA_REQUIRED_ROLE", "services", "ratelimits", "durable_objects", "secrets"]),
    );
    expect(names.length).toBeGreaterThan(20);
  });

  it.each(optional)("keeps the gate working if only it is on: %s", async (name, setting) => {
    // Credentials require the client ID.
    const client = name.includes("secrets")
      ? { vars: { ENTRA_CLIENT_ID: "22222222-3333-4444-5555-666666666666" } }
      : {};
    expect(await faultsOf(addToProduction(needed, client, setting), "production")).toEqual([]);
  });
});

describe("Workers Caching", () => {
  const { cache: _, ...without } = needed;
  const fault = "Workers Caching is on: a cache would answer before the gate checks a token";
  const worker = (cache: object) => ({ type: "worker", cache });

  it.each<[string, object, readonly string[]]>([
    ["nowhere", {}, []],
    ["for all", { cache: { enabled: true } }, [fault]],
    ["for the environment", addToProduction(needed, { cache: { enabled: true } }), [fault]],
    [
      "for all except the gate's entry",
      { cache: { enabled: true }, exports: { default: worker({ enabled: false }) } },
      [],
    ],
    ["for the gate's entry alone", { exports: { default: worker({ enabled: true }) } }, [fault]],
    ["for another entry alone", { exports: { Other: worker({ enabled: true }) } }, []],
  ])("is a fault if it is on for the gate's entry: %s", async (_name, settings, faults) => {
    expect(await faultsOf({ ...without, ...settings }, "production")).toEqual(faults);
  });
});
