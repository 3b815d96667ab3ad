import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, it } from "vitest";
import { readApi } from "../../../cli/compile/authority.ts";
import { compileDocument } from "../../../cli/compile/document.ts";
import { writeRoutes } from "../../../cli/compile/write-routes.ts";
import { api, tenants } from "../../../entra/directory/directory.ts";
import { startFleetOf } from "../../support/fleet.ts";
import { expectRefusal, forbidden, notFound, unauthenticated } from "../../support/refusal.ts";
import { expectForwarded, present } from "../../support/rows.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const directory = mkdtempSync(path.join(tmpdir(), "compiled-"));
const login = `https://login.microsoftonline.com/${tenants.contoso.id}/oauth2/v2.0`;
const components = `
  securitySchemes:
    entra:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: ${login}/authorize
          tokenUrl: ${login}/token
          scopes: { api://${api.clientId}/orders.read: Read orders }
        clientCredentials: { tokenUrl: ${login}/token, scopes: { Orders.Read.All: Read orders } }
`;
const document = `
openapi: 3.1.0
info: { title: Orders, version: "1" }
servers: [{ url: https://api.contoso.com/v1 }]
paths:
  /orders/{order-id}:
    parameters: [{ name: order-id, in: path, required: true, schema: { type: integer } }]
    get:
      security: [{ entra: [api://${api.clientId}/orders.read] }, { entra: [Orders.Read.All] }]
  /health:
    get: { security: [] }
components:${components}`;
function save(name: string, text: string): string {
  const file = path.join(directory, name);
  const modules = { "entra-gate": "src/index.ts" };
  const linked = text.replace(/ from "(entra-gate[^"]*)"/g, (_, name: keyof typeof modules) => {
    return ` from ${JSON.stringify(path.join(root, modules[name]))}`;
  });
  writeFileSync(file, linked);
  return file;
}

/** Saves a gate with the routes of a document. */
function compile(name: string, text: string, open: readonly string[] = []) {
  save(`${name}.yaml`, text);
  const compiled = compileDocument(directory, `${name}.yaml`, {
    api: readApi({ ENTRA_TENANT_ID: tenants.contoso.id, ENTRA_API_AUDIENCE: api.clientId }),
    open,
    originChecks: [],
    domains: new Map(),
  });
  if ("faults" in compiled) throw new Error(JSON.stringify(compiled.faults));
  save(`${name}.routes.ts`, writeRoutes(compiled.document) ?? "");
  const worker = `import { createGate } from "entra-gate";
import { routes } from "./${name}.routes.ts";
export default createGate({ routes, unlisted: "reject" });`;
  return { entry: save(`${name}.worker.ts`, worker), vars: { ENTRA_REQUIRED_SCOPE: undefined } };
}

const fleet = await startFleetOf({
  compiled: compile("compiled", document, ["GET /health"]),
});
afterAll(async () => {
  await fleet.stop();
  rmSync(directory, { recursive: true });
});

const ask = (options: Parameters<typeof present>[2], target: string) => present(fleet, "compiled", options, target);

describe("a gate with the routes of a document", () => {
  it("forwards users with the scope, and apps with the role", async () => {
    await expectForwarded(fleet, "compiled", await ask({ scopes: ["orders.read"] }, "/v1/orders/1"));
    await expectForwarded(
      fleet,
      "compiled",
      await ask({ client: "daemon", roles: ["Orders.Read.All"] }, "/v1/orders/1"),
    );
  });

  it("refuses all other callers", async () => {
    const other = await ask({ scopes: ["orders.list"] }, "/v1/orders/1");
    await expectRefusal(fleet, "compiled", other, forbidden("scope_missing", "orders.read"));
    await expectRefusal(fleet, "compiled", { path: "/v1/orders/1" }, unauthenticated("credential_missing"));
  });

  it("forwards a public operation, and no other path", async () => {
    await expectForwarded(fleet, "compiled", { path: "/v1/health" });
    const elsewhere = await ask({ scopes: ["orders.read"] }, "/orders/1");
    await expectRefusal(fleet, "compiled", elsewhere, notFound("route_unlisted"));
  });
});
