import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { examineRevocations } from "../../cli/doctor/revocations.ts";
import type { DoctorSubject } from "../../cli/doctor/subject.ts";
import { readSettings } from "../../cli/project/settings.ts";
import { revocations } from "../../src/extensions/revocations/revocations.ts";
import { createFakeIo } from "../support/io.ts";
import { createProject, type Project } from "./revoke/support.ts";

const atUrl = { GATE_REVOCATIONS_URL: "https://config.contoso.example/list", GATE_REVOCATIONS_TOKEN: "secret" };
const write = (rules: readonly object[], more: object = {}) =>
  JSON.stringify({ schema: "entra-gate/revocations/1", ...more, rules });

/** Examines a gate whose list has this text. */
function examine(text: string | undefined, environment: object = atUrl, hasOption = true) {
  const io = text === undefined ? undefined : createFakeIo({ fetch: () => new Response(text) });
  const options = hasOption ? { revocations: revocations() } : {};
  return examineRevocations({ io, code: { options }, settings: { environment } } as unknown as DoctorSubject);
}

it("doctor reports the size and the age of a list at a URL", async () => {
  const text = write([{ token: "a", before: "2026-11-30T08:00:00Z" }], { written: "2026-11-30T08:00:01Z" });
  expect(await examine(text)).toEqual([
    {
      area: "revocations",
      state: "good",
      text: `the list has 1 of 10000 rules and ${text.length} of 1048576 bytes, written at 2026-11-30T08:00:01Z`,
    },
  ]);
});

it("doctor warns of a list that is nearly full", async () => {
  const rules = Array.from({ length: 8_001 }, (_, index) => ({ token: String(index), before: "2026-11-30T08:00:00Z" }));
  expect(await examine(write(rules))).toMatchObject([{ state: "warning", fix: expect.stringContaining("ended") }]);
});

it("doctor finds a list that the gate cannot use", async () => {
  expect(await examine("{}")).toMatchObject([{ state: "fault", text: expect.stringContaining("schema") }]);
  expect(await examine("x".repeat(1024 * 1024 + 1))).toMatchObject([{ state: "fault" }]);
});

it("doctor reads no list with --offline", async () => {
  expect(await examine(undefined)).toMatchObject([{ state: "skipped", text: expect.stringContaining("was not read") }]);
});

describe("a list in KV", () => {
  let project: Project;
  beforeEach(() => (project = createProject({ ENTRA_TENANT_ID: "11111111-2222-3333-4444-555555555555" })));
  afterEach(() => {
    vi.restoreAllMocks();
    project.remove();
  });
  const examineStore = (isOffline = false) =>
    examineRevocations({
      io: isOffline ? undefined : createFakeIo(),
      code: { options: { revocations: revocations() } },
      settings: readSettings(project.folder, {}, { env: "production", devVars: false }),
    } as unknown as DoctorSubject);

  it("is read with Wrangler, in the environment that is checked", async () => {
    project.write("remote.txt", write([{ token: "a", before: "2026-11-30T08:00:00Z" }]));
    expect(await examineStore()).toMatchObject([
      { state: "good", text: expect.stringContaining("has 1 of 10000 rules") },
    ]);
    expect(project.read("asked.txt")).toMatch(/^kv key get .* --remote --preview=false --env production\n$/);
  });

  it("is not read with --offline", async () => {
    expect(await examineStore(true)).toMatchObject([{ state: "skipped" }]);
    expect(project.read("asked.txt")).toBeUndefined();
  });

  it.each([
    ["is absent", undefined, "does not exist"],
    ["is invalid", "{}", "does not have the schema"],
    ["is too large", " ".repeat(1024 * 1024 + 1), "is larger than 1048576 bytes"],
  ])("is a fault if it %s", async (_, text, problem) => {
    if (text !== undefined) project.write("remote.txt", text);
    expect(await examineStore()).toEqual([
      expect.objectContaining({
        state: "fault",
        text: `the list in the KV namespace REVOCATIONS at Cloudflare ${problem}${text === "{}" ? ' "entra-gate/revocations/1"' : ""}`,
        fix: expect.stringContaining("--init --remote"),
      }),
    ]);
  });

  it("is skipped with the words of Wrangler and what to do, if that fails", async () => {
    project.write("broken.txt", "not signed in");
    expect(await examineStore()).toMatchObject([
      { state: "skipped", text: expect.stringMatching(/CLOUDFLARE_API_TOKEN, or npx wrangler login\. not signed in/) },
    ]);
  });
});

it("doctor says nothing without the option, or after a fault of the configuration", async () => {
  expect(await examine("", atUrl, false)).toEqual([]);
  expect(await examine("", {})).toEqual([]);
});
