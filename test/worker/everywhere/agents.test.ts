// Runtimes: workerd
import { afterAll, describe, expect, it } from "vitest";
import { clients } from "../../../entra/directory/clients.ts";
import type { AccessTokenOptions } from "../../../entra/tokens/issuer.ts";
import { startFleet } from "../../support/fleet.ts";
import { expectRefusal, forbidden } from "../../support/refusal.ts";
import { expectForwarded, present } from "../../support/rows.ts";

const fleet = await startFleet("agents");
afterAll(() => fleet.stop());

const agent = { client: "agent" } as const;
const markers = ["xms_act_fct", "xms_sub_fct", "xms_par_app_azp"] as const;

/** Callers with the header that the origin gets; "" if no claim marks them as agents. */
const callers: readonly (readonly [name: string, header: string, options: AccessTokenOptions])[] = [
  ["an agent as itself", "as-itself", agent],
  ["an agent as itself, with a slash for scopes", "as-itself", { ...agent, claims: { scp: "/" } }],
  ["an agent for a human", "for-user", { ...agent, persona: "member" }],
  ["an agent through its own user account", "as-own-user", { ...agent, persona: "agent-user" }],
  ["an agent marked by its blueprint alone", "for-user", { ...agent, persona: "member", without: ["xms_act_fct"] }],
  ["an agent without its blueprint", "as-itself", { ...agent, without: ["xms_par_app_azp"] }],
  ["an agent without markers", "", { ...agent, without: markers }],
  ["a user", "", {}],
  ["an app", "", { client: "daemon" }],
  ["a managed identity", "", { client: "daemon", claims: { xms_act_fct: "9 3", xms_sub_fct: "9 3" } }],
];

for (const version of [1, 2] as const) {
  describe(`in version ${version}.0`, () => {
    for (const [name, header, options] of callers) {
      const isApp = options.persona === undefined && options.client !== undefined;
      const refusal = forbidden("agent_not_allowed", ...(isApp ? [] : ["access_as_user"]));
      const [open, closed] = header === "" ? ["/never", "/only"] : ["/only", "/never"];

      it(`${name}: ${open} allows it, ${closed} refuses it`, { tags: "agents" }, async () => {
        await expectForwarded(fleet, "agents", await present(fleet, "agents", { ...options, version }, open));
        const request = await present(fleet, "agents", { ...options, version }, closed);
        await expectRefusal(fleet, "agents", request, refusal);
      });

      it(`${name}: the origin gets ${header === "" ? "nothing" : header}, regardless of the client's headers`, async () => {
        const request = await present(fleet, "agents", { ...options, version }, "/either");
        const forged = ["X-Entra-Agent", "x_entra_agent"].map((spelling) => [spelling, "forged"] as const);
        await fleet.send("agents", { ...request, headers: [...(request.headers ?? []), ...forged] });
        const { origin } = await fleet.ledger();
        const sent = origin.last?.headers ?? {};
        expect(sent["x-entra-agent"]).toBe(header === "" ? undefined : header);
        expect(JSON.stringify(sent)).not.toContain("forged");
      });
    }
  });
}

it("the log names the agent's blueprint and how it acts", async () => {
  const request = await present(fleet, "agents", { ...agent, persona: "member" }, "/never");
  const { body } = await fleet.send("agents", request);
  const { blueprint } = clients.agent;
  expect(await fleet.lineOf(JSON.parse(body).instance)).toMatchObject({
    agent: { acts: "for-user", blueprint },
    reason: "agent_not_allowed",
  });
});
