import { createTestEntra } from "entra-gate/testing";

Deno.test("serves users with the scope", async () => {
  const entra = createTestEntra();
  for (const [name, value] of Object.entries(entra.variables)) Deno.env.set(name, value);
  const { default: app } = await import("../src/main.ts");
  const restore = entra.install();
  const headers = { authorization: `Bearer ${await entra.token({ scopes: ["orders.read"] })}` };
  const statuses = [
    (await app.fetch(new Request("https://api.contoso.com/orders", { headers }))).status,
    (await app.fetch(new Request("https://api.contoso.com/orders"))).status,
  ];
  restore();
  if (statuses.join() !== "200,401") throw new Error(`got ${statuses}`);
});
