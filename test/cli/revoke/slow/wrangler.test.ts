import { afterEach, expect, it, vi } from "vitest";
import { runHere } from "../../support/run-command.ts";
import { createProject, type Project } from "../support.ts";

const tenant = "11111111-2222-3333-4444-555555555555";
const client = "33333333-4444-5555-6666-777777777777";

let project: Project | undefined;
afterEach(() => {
  vi.restoreAllMocks();
  project?.remove();
});

const revoke = (...args: readonly string[]) => runHere(["revoke", ...args, "--local"]);

it("Wrangler reads and writes the list of wrangler dev", async () => {
  project = createProject({ ENTRA_TENANT_ID: tenant, ENTRA_API_AUDIENCE: client }, true);
  expect(await revoke("--list")).toMatchObject({ code: 3, stderr: expect.stringContaining("has no list") });
  expect(await revoke("--init")).toMatchObject({ code: 0 });
  expect(await revoke("--client", client, "--reason", "geheimnis ü")).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("Written to the KV namespace of wrangler dev"),
  });
  const { code, stdout } = await revoke("--list");
  expect([code, stdout]).toEqual([0, expect.stringMatching(/^client 33333333-.*"geheimnis ü"\n$/)]);
});
