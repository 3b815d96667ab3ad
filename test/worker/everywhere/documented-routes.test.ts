// Runtimes: workerd, deno
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { startFleetOf } from "../../support/fleet.ts";
import type { HttpRequest } from "../../support/http.ts";
import { expectRefusal, forbidden, notFound, unauthenticated } from "../../support/refusal.ts";
import { expectForwarded, present } from "../../support/rows.ts";
import { explainRequest } from "../../support/verdict.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const page = readFileSync(path.join(root, "docs/how-to/protect-routes.md"), "utf8");
const directory = mkdtempSync(path.join(tmpdir(), "readme-"));

/** Saves a file from the page. */
function save(name: string, code: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, code.replaceAll("entra-gate", path.join(root, "src/index.ts")));
  return file;
}

const [routes = "", worker = ""] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ""]) => code);
save("routes.ts", routes);
const fleet = await startFleetOf({
  documented: { entry: save("worker.ts", worker), vars: { ENTRA_REQUIRED_SCOPE: undefined } },
  guarding: { entry: save("guarding.ts", worker.replace(', unlisted: "reject"', "")) },
});
afterAll(async () => {
  await fleet.stop();
  rmSync(directory, { recursive: true });
});

const reader = { scopes: ["orders.read"] };
const send = async (gate: "documented" | "guarding", method: string, scopes: readonly string[]) =>
  ({ ...(await present(fleet, gate, { scopes }, "/orders/1")), method }) as HttpRequest;

describe("the routes of docs/how-to/protect-routes.md", () => {
  it("allow a reader to read, and no other caller", async () => {
    await expectForwarded(fleet, "documented", await present(fleet, "documented", reader, "/orders/1"));
    const other = await present(fleet, "documented", {}, "/orders/1");
    await expectRefusal(fleet, "documented", other, forbidden("scope_missing", "orders.read"));
  });

  it.each(["POST", "PUT", "PATCH", "DELETE"])("have no route for %s /orders/1, and it gets 404", async (method) => {
    for (const scopes of [["orders.read"], ["access_as_user"]]) {
      await expectRefusal(fleet, "documented", await send("documented", method, scopes), notFound("route_unlisted"));
    }
    const anonymous = { path: "/orders/1", method };
    await expectRefusal(fleet, "documented", anonymous, unauthenticated("credential_missing"));
  });

  it('without unlisted: "reject", use the default requirement, as explain prints', async () => {
    const request = await send("guarding", "POST", ["access_as_user"]);
    await expectForwarded(fleet, "guarding", request);
    const { checks } = await explainRequest(fleet, "guarding", request, Date.now());
    expect(checks.find(({ name }) => name === "route")?.note).toMatch(
      /^POST has no route at this path, which has routes for GET, HEAD: the default requirement applies/,
    );
    const rejected = await send("documented", "POST", ["access_as_user"]);
    const { checks: others } = await explainRequest(fleet, "documented", rejected, Date.now());
    expect(others.find(({ name }) => name === "route")?.note).toContain('unlisted: "reject" answers 404');
  });
});
