import { expect, it } from "vitest";
import { examineRevocations } from "../../cli/doctor/revocations.ts";
import type { DoctorSubject } from "../../cli/doctor/subject.ts";
import { revocations } from "../../src/revocations/revocations.ts";
import { createFakeIo } from "../support/io.ts";

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

it("doctor says how to see a list that it does not read", async () => {
  expect(await examine(undefined)).toMatchObject([{ state: "skipped" }]);
  const inKv = await examine("", { REVOCATIONS: { get() {} } });
  expect(inKv).toMatchObject([{ state: "good" }, { text: expect.stringContaining("revoke --list --remote") }]);
});

it("doctor says nothing without the option, or after a fault of the configuration", async () => {
  expect(await examine("", atUrl, false)).toEqual([]);
  expect(await examine("", {})).toEqual([]);
});
