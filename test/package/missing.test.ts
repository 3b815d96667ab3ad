import { spawnSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, inject, it } from "vitest";

const consumer = inject("consumer");
const tenant = "11111111-2222-3333-4444-555555555555";

/** Runs a program in Node, in a folder below the consumer's. */
function run(program: string, folder = consumer): { readonly status: number | null; readonly output: string } {
  const file = path.join(folder, `${crypto.randomUUID()}.mjs`);
  writeFileSync(file, program);
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  return { status, output: stdout + stderr };
}

describe("a consumer without a dependency gets its name", () => {
  it("of MSAL, for tokens for other APIs", () => {
    const { output } = run(`
      import { App, createGate, requireAuth } from "entra-gate";
      import { downstream } from "entra-gate/downstream";
      import { api, clients, createTestEntra } from "entra-gate/testing";
      const entra = createTestEntra();
      entra.install();
      const routes = new App().get("/me", { hooks: requireAuth("access_as_user") }, ({ state }) =>
        state.downstreamFetch("https://graph.microsoft.com/v1.0/me", { scopes: ["https://graph.microsoft.com/User.Read"] }));
      const gate = createGate({ routes, unlisted: "reject", downstream: downstream() });
      const headers = { authorization: "Bearer " + (await entra.token()) };
      const request = new Request("https://api.contoso.com/me", { headers });
      const secrets = { ENTRA_CLIENT_ID: api.clientId, ENTRA_CLIENT_SECRET: clients.api.secret };
      const { status } = await gate.fetch(request, { ...entra.variables, ...secrets });
      console.log("answered", status);`);
    expect(output).toContain("answered 500");
    expect(output).toContain("@azure/msal-node cannot be loaded; install it: npm install @azure/msal-node");
  });

  it("of hono, which only the adapter for Hono needs", () => {
    const folder = path.join(consumer, "..", "without-hono");
    const modules = path.join(folder, "node_modules");
    mkdirSync(modules, { recursive: true });
    // With this option, Node looks for the packages of a linked package at the link.
    for (const name of ["entra-gate", "jose"])
      symlinkSync(path.join(consumer, "node_modules", name), path.join(modules, name));
    const file = path.join(folder, "program.mjs");
    const options = ["--preserve-symlinks", "--preserve-symlinks-main", file];
    writeFileSync(file, 'import "entra-gate"; import "entra-gate/mcp"; import "entra-gate/testing";');
    expect(spawnSync(process.execPath, options, { encoding: "utf8" })).toMatchObject({ status: 0, stderr: "" });
    writeFileSync(file, 'import "entra-gate/hono";');
    const { status, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toMatch(/Cannot find package 'hono' imported from .*entra-gate/);
    // The command line catches the error, and says what to install.
    writeFileSync(
      path.join(folder, "wrangler.json"),
      JSON.stringify({ main: "program.mjs", vars: { ENTRA_TENANT_ID: tenant, ENTRA_API_AUDIENCE: tenant } }),
    );
    const bin = path.join(modules, "entra-gate/cli/entra-gate.js");
    const command = spawnSync(process.execPath, [...options.slice(0, 2), bin, "doctor", "--offline"], {
      cwd: folder,
      encoding: "utf8",
    });
    expect(command).toMatchObject({
      status: 1,
      stderr: "",
      stdout: expect.stringMatching(
        /program\.mjs cannot be loaded: .*the package hono is not installed: run npm install hono/,
      ),
    });
  });

  it("an entry that does not exist", () => {
    const { status, output } = run('import "entra-gate/honno";');
    expect(status).toBe(1);
    expect(output).toContain("Package subpath './honno' is not defined by \"exports\"");
  });
});
