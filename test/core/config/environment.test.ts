import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";

let readEnvironment: typeof import("../../../src/core/config/environment.ts").readEnvironment;
let readEnvironmentOrProcess: typeof import("../../../src/core/config/environment.ts").readEnvironmentOrProcess;
let readProcessEnvironment: typeof import("../../../src/core/config/environment.ts").readProcessEnvironment;

// The module caches the environment of its process, so each test simulates its own process.
beforeEach(async () => {
  vi.resetModules();
  ({ readEnvironment, readEnvironmentOrProcess, readProcessEnvironment } = await import(
    "../../../src/core/config/environment.ts"
  ));
});

const platform = globalThis as { Deno?: unknown };

afterEach(() => {
  delete platform.Deno;
});

// Other test files share these modules.
afterAll(() => vi.resetModules());

describe("readEnvironment", () => {
  it("uses the environment that the platform passes", () => {
    const environment = { ENTRA_TENANT_ID: "x" };
    expect(readEnvironment(environment)).toBe(environment);
  });

  it.each([undefined, null, "ENTRA_TENANT_ID=x", 1])("has no variables if %j is passed", (handed) => {
    expect(readEnvironment(handed)).toEqual({});
    // The object is the same each time, because setups are cached by environment.
    expect(readEnvironment(handed)).toBe(readEnvironment(undefined));
    expect(Object.isFrozen(readEnvironment(handed))).toBe(true);
  });

  it("has no variables on Deno without permission to read them", () => {
    platform.Deno = {
      env: {
        toObject() {
          throw new TypeError("Requires env access");
        },
      },
    };
    expect(readEnvironment({})).toEqual({});
  });

  it("uses an environment that code passes, on Deno too", () => {
    platform.Deno = { env: { toObject: () => ({ ENTRA_TENANT_ID: "of the process" }) } };
    const environment = { ENTRA_TENANT_ID: "in code", ORIGIN: { fetch } };
    expect(readEnvironment(environment)).toBe(environment);
  });

  it("reads the process once on Deno if the argument describes the connection", () => {
    let reads = 0;
    const toObject = () => {
      reads += 1;
      return { ENTRA_TENANT_ID: "of the process" };
    };
    platform.Deno = { env: { toObject } };
    const connection = { remoteAddr: { hostname: "192.0.2.1" }, completed: Promise.resolve() };
    expect(readEnvironment(connection)).toEqual({ ENTRA_TENANT_ID: "of the process" });
    expect(readEnvironment(connection)).toBe(readEnvironment({}));
    expect(Object.isFrozen(readEnvironment(connection))).toBe(true);
    expect(reads).toBe(1);
  });
});

describe("readEnvironmentOrProcess", () => {
  it.each([
    ["on the object", { ENTRA_TENANT_ID: undefined }],
    ["inherited", Object.create({ ENTRA_ALLOWED_CLIENTS: "x" })],
    ["not enumerable", Object.defineProperty({}, "ENTRA_ALLOWED_CLIENTS", { value: "x" })],
  ])("uses an environment with any variable of the gate: %s", (_, environment) => {
    expect(readEnvironmentOrProcess(environment)).toBe(environment);
  });

  it("uses the process if the environment has no variable of the gate", () => {
    expect(readEnvironmentOrProcess({ incoming: {}, outgoing: {} })).toBe(readProcessEnvironment());
  });
});

describe("readProcessEnvironment", () => {
  it("reads process.env, once", () => {
    process.env.ENTRA_TENANT_ID = "of the process";
    try {
      expect(readProcessEnvironment()).toMatchObject({ ENTRA_TENANT_ID: "of the process" });
    } finally {
      delete process.env.ENTRA_TENANT_ID;
    }
    expect(readProcessEnvironment()).toMatchObject({ ENTRA_TENANT_ID: "of the process" });
    expect(Object.isFrozen(readProcessEnvironment())).toBe(true);
  });

  it("keeps inherited, non-enumerable and undefined members of process.env", () => {
    const hidden = Object.defineProperty({}, "ENTRA_ALLOWED_CLIENTS", { value: "hidden" });
    const env = Object.assign(Object.create(hidden), { ENTRA_TENANT_ID: "own", GATE_MODE: undefined });
    vi.stubGlobal("process", { env });
    try {
      const environment = readProcessEnvironment();
      expect(environment).toEqual({ ENTRA_TENANT_ID: "own", ENTRA_ALLOWED_CLIENTS: "hidden", GATE_MODE: undefined });
      expect(Object.keys(environment)).toContain("GATE_MODE");
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("reads Deno's environment if there is one", () => {
    platform.Deno = { env: { toObject: () => ({ ENTRA_TENANT_ID: "of Deno" }) } };
    expect(readProcessEnvironment()).toEqual({ ENTRA_TENANT_ID: "of Deno" });
  });

  it("has no variables without permission to read them", () => {
    platform.Deno = {};
    expect(readProcessEnvironment()).toEqual({});
  });
});
