import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import type { Finding } from "../../cli/doctor/finding.ts";
import { runIn } from "../support/package/command.ts";
import { runHere } from "./support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const directory = mkdtempSync(path.join(tmpdir(), "doctor-env-"));
afterAll(() => rmSync(directory, { recursive: true }));

const good = {
  ENTRA_TENANT_ID: "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2",
  ENTRA_API_AUDIENCE: "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a",
  ENTRA_REQUIRED_SCOPE: "access_as_user",
  ORIGIN_URL: "https://origin.contoso.example",
};

/** The settings of a developer's machine besides wrangler.toml. */
for (const name of [".dev.vars", ".dev.vars.production"]) {
  const lines = Object.entries(good).map(([variable, value]) => `${variable}=${value}`);
  writeFileSync(path.join(directory, name), lines.join("\n"));
}

/** Runs `doctor --env production` where a developer has good variables in .dev.vars and in the shell. */
async function diagnose(vars: Readonly<Record<string, string | undefined>>, more = "") {
  const lines = Object.entries({ ...good, ...vars }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} = ${JSON.stringify(value)}`],
  );
  const main = JSON.stringify(path.join(root, "src/worker.ts"));
  writeFileSync(
    path.join(directory, "wrangler.toml"),
    `main = ${main}\nworkers_dev = false\n[env.production]\nroutes = ["api.contoso.example/*"]\n[env.production.vars]\n${lines.join("\n")}\n${more}`,
  );
  for (const [name, value] of Object.entries(good)) vi.stubEnv(name, value);
  const args = ["doctor", "--env", "production", "--offline", "--json"];
  const { code: status, stdout } = await runIn(directory, () => runHere(args)).finally(() => vi.unstubAllEnvs());
  const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
  const textsOf = (state: Finding["state"]) => findings.filter((each) => each.state === state).map(({ text }) => text);
  const fixes = findings.flatMap(({ fix }) => fix ?? []);
  return { status, faults: textsOf("fault"), skipped: textsOf("skipped"), all: textsOf("good"), fixes };
}

describe("doctor --env production, on a developer's machine", () => {
  it("finds no fault in a good configuration, from wrangler.toml alone", async () => {
    const { status, faults, all } = await diagnose({});
    expect({ status, faults }).toEqual({ status: 0, faults: [] });
    expect(all[0]).toBe("4 variables from wrangler.toml [env.production.vars]");
  });

  it.each([
    ["a variable that is missing", { ENTRA_API_AUDIENCE: undefined }, /^ENTRA_API_AUDIENCE is missing/],
    ["a variable that is malformed", { ENTRA_TENANT_ID: "common" }, /^ENTRA_TENANT_ID is "common"/],
    [
      "an origin over plain http",
      { ORIGIN_URL: "http://origin.contoso.example" },
      /^ORIGIN_URL uses http, which would send/,
    ],
    ["an audience that no v2.0 token has", { ENTRA_API_AUDIENCE: "api://orders" }, /which no v2\.0 token has/],
    ["an authority on loopback", { ENTRA_AUTHORITY: "http://127.0.0.1:8788" }, /is on loopback, but would be deployed/],
    [
      "several audiences that no v2.0 token has",
      { ENTRA_API_AUDIENCE: "api://orders, https://orders.contoso.com" },
      /which no v2\.0 token has/,
    ],
  ])("finds %s", async (_, vars, fault) => {
    const { status, faults } = await diagnose(vars);
    expect(status).toBe(1);
    expect(faults).toEqual([expect.stringMatching(fault)]);
  });

  it.each([
    [
      "an origin over plain http that ORIGIN_PLAINTEXT allows",
      { ORIGIN_URL: "http://10.0.0.1", ORIGIN_PLAINTEXT: "true" },
    ],
    ["an origin over plain http on loopback", { ORIGIN_URL: "http://127.0.0.1:8080" }],
    ["an App ID URI in addition to the client ID", { ENTRA_API_AUDIENCE: `${good.ENTRA_API_AUDIENCE} api://orders` }],
    ["an App ID URI of v1.0 tokens", { ENTRA_API_AUDIENCE: "api://orders", ENTRA_ACCEPT_V1: "true" }],
  ])("accepts %s", async (_, vars) => {
    const { status, faults } = await diagnose(vars);
    expect({ status, faults }).toEqual({ status: 0, faults: [] });
  });

  it.each([
    ["a variable", { ENTRA_ACCEPT_V1: "yes" }, 'ENTRA_ACCEPT_V1 = "true"'],
    ["a secret", { GATE_LOG_KEY: "k" }, "npx wrangler secret put GATE_LOG_KEY --env production"],
    ["a variable with a misspelled prefix", { ENTRAA_CLOUD: "china" }, "Did you mean ENTRA_CLOUD?"],
  ])("fixes %s in the syntax of the file", async (_, vars, fix) => {
    expect((await diagnose(vars)).fixes).toContain(fix);
  });

  it("suggests the intended variable for a fault", async () => {
    expect((await diagnose({ ENTRA_ALOWED_CLIENTS: "x" })).faults).toEqual([
      "ENTRA_ALOWED_CLIENTS is not a variable of entra-gate. Did you mean ENTRA_ALLOWED_CLIENTS?",
    ]);
  });

  it("suggests no variable for a name that belongs to the worker", async () => {
    expect((await diagnose({ LOG_LEVEL: "debug", ENVIRONMENT: "live", GOOGLE_URL: "x" })).fixes).toEqual([]);
  });

  it("reports that a secret in Cloudflare is not visible, neither as a fault nor as good", async () => {
    const client = { ENTRA_CLIENT_ID: good.ENTRA_API_AUDIENCE };
    const unlisted = await diagnose(client);
    expect({ status: unlisted.status, faults: unlisted.faults }).toEqual({ status: 0, faults: [] });
    expect(unlisted.skipped.join()).toContain("a secret that is stored in Cloudflare is not visible");
    const listed = await diagnose(
      client,
      '[env.production.secrets]\nrequired = ["ENTRA_CLIENT_SECRET", "GATE_LOG_KEY"]',
    );
    expect({ status: listed.status, faults: listed.faults }).toEqual({ status: 0, faults: [] });
    expect(listed.skipped.join()).toContain("the values of ENTRA_CLIENT_SECRET, GATE_LOG_KEY are stored in Cloudflare");
    expect(listed.all.join()).not.toContain("ENTRA_CLIENT_SECRET");
  });
});
