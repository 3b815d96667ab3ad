import { beforeEach, describe, expect, it } from "vitest";
import type { GateOptions } from "../../../src/app/gate-options.ts";
import { describeGate } from "../../../src/app/gate-options.ts";
import { noRoutes } from "../../../src/app/gate-routes.ts";
import type { Environment } from "../../../src/core/config/variables.ts";
import { createSetup, type SetupContext } from "../../../src/core/guard/setup.ts";
import { createKeyStores } from "../../../src/core/keys/key-store.ts";
import { client } from "../../support/claims.ts";
import { environmentWith } from "../../support/environment.ts";
import { createFakeIo, type FakeIo } from "../../support/io.ts";

let io: FakeIo;

beforeEach(() => {
  io = createFakeIo();
});

const create = (changes: Record<string, unknown>, options: GateOptions = {}) =>
  createSetup(environmentWith(changes), {
    io,
    keysOf: createKeyStores(io),
    context: describeGate(options, noRoutes, true),
  });
const nowhere = () => {};

describe("a good configuration", () => {
  it("logs nothing, and does no I/O", () => {
    const runtime = create({ ENTRA_REQUIRED_ROLE: "Read" });
    expect(runtime.configured).toBe(true);
    expect(runtime.authorities[0]?.authorizationUri).toBe("https://login.microsoftonline.com/common/oauth2/authorize");
    expect(runtime.defaultRequirement?.anyOf).toEqual([
      { kind: "user", scopes: ["access_as_user"] },
      { kind: "app", anyRole: ["Read"] },
    ]);
    expect([io.lines, io.requests, io.timers()]).toEqual([[], [], 0]);
  });

  it("requires authentication", async () => {
    expect(await create({}).authenticate(null, nowhere)).toEqual({
      ok: false,
      error: { reason: "credential_missing" },
    });
  });

  it("allows any client by default, otherwise the listed ones", () => {
    expect(create({}).authorities[0]?.allowedClients).toBeUndefined();
    const runtime = create({ ENTRA_ALLOWED_CLIENTS: client.toUpperCase() });
    expect([...(runtime.authorities[0]?.allowedClients ?? [])]).toEqual([client]);
  });

  it("follows the options in code", () => {
    const changes = { ENTRA_TENANT_ID: "organizations", ENTRA_REQUIRED_SCOPE: undefined };
    expect(create(changes, { isTenantAllowed: () => true, unlisted: "reject" })).toMatchObject({
      configured: true,
      defaultRequirement: undefined,
    });
    expect(create(changes).configured).toBe(false);
  });
});

describe("a faulty configuration", () => {
  const faulty = { ENTRA_TENANT_ID: undefined, ENTRA_CLOCK_SKEW_SECONDS: "3600", ENTRA_ALLOWED_CLIENTS: "*" };

  it("is logged, one line for each fault", () => {
    create(faulty);
    expect(io.lines.map(({ event, fault }) => [event, String(fault).split(" ")[0]])).toEqual([
      ["misconfigured", "ENTRA_TENANT_ID"],
      ["misconfigured", "ENTRA_ALLOWED_CLIENTS"],
      ["misconfigured", "ENTRA_CLOCK_SKEW_SECONDS"],
    ]);
    expect(io.lines[0]?.fault).toBe(
      "ENTRA_TENANT_ID is missing. Example: ENTRA_TENANT_ID=11111111-2222-3333-4444-555555555555",
    );
  });

  it("refuses every caller at every entry point", { tags: "faulty-configuration" }, async () => {
    const runtime = create(faulty);
    expect(runtime.configured).toBe(false);
    expect([runtime.origin, runtime.defaultRequirement]).toEqual([undefined, undefined]);
    expect(await runtime.authenticate("Bearer a.b.c", nowhere)).toEqual({
      ok: false,
      error: { reason: "misconfigured" },
    });
    expect(runtime.authorities).toEqual([]);
  });

  it.each([{ ENTRA_REQUIRED_SCOPE: 'a"b' }, { ENTRA_REQUIRED_SCOPE: "b\u00fccher" }])("never throws: %j", (changes) => {
    expect(create(changes).configured).toBe(false);
  });
});

describe("an error while a setup is built", () => {
  const throwing = () => {
    throw new Error("never-told");
  };
  const unread = {
    event: "misconfigured",
    level: "error",
    fault: "The environment cannot be read. Check its bindings.",
  };
  const build = (environment: Environment, context: Partial<SetupContext> = {}) =>
    createSetup(environment, {
      io,
      keysOf: createKeyStores(io),
      context: { ...describeGate({}, noRoutes, true), ...context },
    });
  const withGetter = (name: string) =>
    Object.defineProperty(environmentWith({}), name, { enumerable: true, get: throwing });

  it.each([
    ["a binding", withGetter("ORIGIN")],
    ["a variable", withGetter("ENTRA_ALLOWED_CLIENTS")],
    ["a name that the gate does not know", withGetter("ORIGIN_BILLING")],
    ["a method of a binding", environmentWith({ ORIGIN: Object.defineProperty({}, "fetch", { get: throwing }) })],
    ["a method of a secret", environmentWith({ GATE_LOG_KEY: Object.defineProperty({}, "get", { get: throwing }) })],
    ["the list of names", new Proxy(environmentWith({}), { ownKeys: throwing })],
    ["the presence of a name", new Proxy(environmentWith({}), { has: throwing })],
  ])("of the platform refuses every caller, and reveals nothing of the error: %s", (_, environment) => {
    expect(build(environment).configured).toBe(false);
    expect(io.lines).toEqual([unread]);
  });

  it.each([
    ["checks", { check: throwing, create: () => expect.unreachable() }],
    ["starts", { check: () => {}, create: () => throwing() }],
  ])("of a part that %s refuses every caller, and says what it is", (_, downstream) => {
    expect(build(environmentWith({}), { downstream }).configured).toBe(false);
    const fault = "The gate cannot start: Error: never-told";
    expect(io.lines).toEqual([{ event: "misconfigured", level: "error", fault }]);
  });
});
