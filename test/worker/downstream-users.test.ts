import { afterEach, expect, it } from "vitest";
import { api, clients, personas } from "../../dev/entra/directory.ts";
import { type Fleet, startFleetOf } from "../support/fleet.ts";

let fleet: Fleet<string>;
afterEach(() => fleet.stop());

const entry = "test/support/gates/downstream.ts";
const vars = { ENTRA_CLIENT_ID: api.clientId, ENTRA_CLIENT_SECRET: clients.api.secret };

it("answers with the user's own name", async () => {
  fleet = await startFleetOf({ gate: { entry, vars } });
  const { issue } = await fleet.forge("gate");
  const answer = await fleet.send("gate", {
    path: "/me/graph",
    headers: [["Authorization", `Bearer ${await issue({ persona: "admin" })}`]],
  });
  console.error(answer, fleet.lines);
  expect(answer.status).toBe(200);
  expect(JSON.parse(answer.body)).toMatchObject({ displayName: personas.admin.name });
});
