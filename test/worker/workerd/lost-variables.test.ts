import { afterAll, describe, expect, it } from "vitest";
import { type Fleet, startFleetOf } from "../../support/fleet.ts";
import { expectMisconfigured } from "../../support/misconfigured.ts";
import { expectRefusal, forbidden } from "../../support/refusal.ts";
import { present } from "../../support/rows.ts";
import { serveByFile } from "../../support/runtimes/serve-file.ts";
import { startStack } from "../../support/stack.ts";

const entry = "test/gates/lost.ts";
const fleet: Fleet<string> = await startFleetOf({ lost: { entry, adapter: true, vars: { ORIGIN_URL: undefined } } });
afterAll(() => fleet.stop());

const ways = ["gate", "app", "hono"];
const lists = ["ENTRA_ALLOWED_CLIENTS", "ENTRA_ALLOWED_TENANTS", "GATE_MODE", "ENTRA_CLIENT_SECRET"];
const bindings = ["RATE_LIMITER", "DECISIONS", "ORIGIN"];

describe.each(ways)("an environment that is passed to the %s", (way) => {
  const ask = (change: string, name: string) => present(fleet, "lost", {}, `/${way}/${change}/${name}`);

  it("allows a caller if it is complete", async () => {
    expect((await fleet.send("lost", await ask("kept", "ENTRA_ALLOWED_CLIENTS"))).status).toBe(200);
  });

  it.each([...lists, ...bindings])("is a fault if %s is undefined", { tags: "faulty-configuration" }, async (name) => {
    await expectMisconfigured(fleet, "lost", await ask("undefined", name), [name]);
  });

  it.each(["null", "number", "inherited", "hidden"])("is a fault if an allowlist is %s", async (change) => {
    const name = "ENTRA_ALLOWED_CLIENTS";
    await expectMisconfigured(fleet, "lost", await ask(change, name), [name]);
  });

  it.each(["inherited", "hidden"])("is a fault if a binding is undefined and %s", async (change) => {
    await expectMisconfigured(fleet, "lost", await ask(change, "RATE_LIMITER"), ["RATE_LIMITER"]);
  });

  it("is a fault if the byte order mark of a file is in the name of an allowlist", async () => {
    const name = "ENTRA_ALLOWED_CLIENTS";
    await expectMisconfigured(fleet, "lost", await ask("marked", name), [name]);
  });

  it("is a fault if it inherits a variable that is misspelled", async () => {
    await expectMisconfigured(fleet, "lost", await ask("misspelt-above", ""), ["ENTRA_ALOWED_CLIENTS"]);
  });

  it("is used with its inherited variables", async () => {
    await expectRefusal(
      fleet,
      "lost",
      await ask("all-above", "ENTRA_ALLOWED_CLIENTS"),
      forbidden("client_not_allowed"),
    );
  });
});

describe("an environment that is passed in Node", () => {
  it.each(ways)("is a fault if the %s finds an undefined allowlist", async (way) => {
    const stack = await startStack({
      gateEntry: entry,
      runGate: (file, { ORIGIN_URL: _, ...vars }) => serveByFile("Node", file, vars),
    });
    try {
      const token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
      const ask = async (change: string) => {
        const headers = { authorization: `Bearer ${token}` };
        return (await fetch(`${stack.gateUrl}/${way}/${change}/ENTRA_ALLOWED_CLIENTS`, { headers })).status;
      };
      expect([await ask("kept"), await ask("undefined"), await ask("inherited")]).toEqual([200, 500, 500]);
    } finally {
      await stack.stop();
    }
  });
});
