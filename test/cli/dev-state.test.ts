import { spawnSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { announceDev, type DevState, findDev } from "../../cli/common/dev-state.ts";
import { type LoopbackServer, serveFetch } from "../../cli/common/loopback.ts";
import { createLocalEntra } from "../../entra/server/entra.ts";

const id = crypto.randomUUID();
let server: LoopbackServer;
let other: LoopbackServer;
let base: string;
let project: string;

beforeAll(async () => {
  const entra = createLocalEntra({ instance: id });
  server = await serveFetch((request) => entra.fetch(request));
  const foreign = createLocalEntra();
  other = await serveFetch((request) => foreign.fetch(request));
});
afterAll(() => Promise.all([server.stop(), other.stop()]));
beforeEach(() => {
  base = mkdtempSync(path.join(tmpdir(), "dev-state-"));
  project = path.join(base, "project");
  mkdirSync(project);
  vi.stubEnv("TMPDIR", base);
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(base, { recursive: true });
});

const announce = (changes: Partial<DevState> = {}) =>
  announceDev(project, {
    ...{ pid: process.pid, id, entraUrl: server.url, variables: { ENTRA_AUTHORITY: server.url } },
    ...changes,
  });
const findFolder = () => path.join(base, readdirSync(base).find((name) => name !== "project")!);
const findFile = () => path.join(findFolder(), readdirSync(findFolder())[0]!);

describe("the file of a dev", () => {
  it("leads from its folder, under any name of it, to its local Entra and its variables, until its end", async () => {
    expect(await findDev(project)).toEqual({});
    const announced = announce();
    symlinkSync(project, path.join(base, "link"));
    for (const name of [project, path.join(base, "link"), `${project}/../project`]) {
      const { state } = await findDev(name);
      expect(state).toMatchObject({ entraUrl: server.url, variables: { ENTRA_AUTHORITY: server.url } });
    }
    expect(await findDev(base)).toEqual({});
    announced.remove();
    expect(await findDev(project)).toEqual({});
    expect(readdirSync(findFolder())).toEqual([]);
  });

  it("can be read and written only by its user, whatever the umask", () => {
    const before = process.platform === "win32" ? undefined : process.umask(0);
    announce();
    if (before !== undefined) process.umask(before);
    expect([statSync(findFolder()).mode & 0o777, statSync(findFile()).mode & 0o777]).toEqual([0o700, 0o600]);
  });

  it("is that of the last dev, whose file the end of an earlier one leaves", async () => {
    const first = announce({ id: crypto.randomUUID() });
    announce();
    first.remove();
    expect((await findDev(project)).state).toMatchObject({ id });
  });

  it.each<[string, RegExp, () => Partial<DevState>]>([
    ["of a dead process", /ended without stopping/, () => ({ pid: spawnSync(process.execPath, ["-e", ""]).pid })],
    ["with the port of another local Entra", /another program has its port/, () => ({ entraUrl: other.url })],
    ["with the port of another dev", /another program has its port/, () => ({ id: crypto.randomUUID() })],
    ["with a port at which nobody answers", /does not answer/, () => ({ entraUrl: "http://127.0.0.1:1" })],
    ["with an address elsewhere", /its content is not/, () => ({ entraUrl: "https://login.microsoftonline.com" })],
    ["with a path", /its content is not/, () => ({ entraUrl: `${server.url}/local` })],
    ["with variables that are no text", /its content is not/, () => ({ variables: { GATE_URL: 1 } as never })],
    ["that names a group of processes", /its content is not/, () => ({ pid: -1 })],
  ])("%s is not used", async (_name, says, changes) => {
    announce(changes());
    expect(await findDev(project)).toEqual({ unusable: expect.stringMatching(says) });
  });

  it.each<[string, RegExp, () => void]>([
    ["that others can read", /is open to other users/, () => chmodSync(findFile(), 0o640)],
    ["in a folder that others can write to", /is open to other users/, () => chmodSync(findFolder(), 0o722)],
    [
      "that is a link",
      /is no file/,
      () => {
        renameSync(findFile(), path.join(base, "moved"));
        symlinkSync(path.join(base, "moved"), path.join(findFolder(), path.basename(announcedFile)));
      },
    ],
    [
      "in a folder that is a link",
      /is no directory/,
      () => {
        const folder = findFolder();
        mkdirSync(path.join(base, "project/inner"));
        renameSync(folder, path.join(base, "project/inner/moved"));
        symlinkSync(path.join(base, "project/inner/moved"), folder);
      },
    ],
    ["that is no JSON", /is not used/, () => writeFileSync(findFile(), "{")],
    ["that is too long", /is larger than 64 KiB/, () => writeFileSync(findFile(), " ".repeat(65 * 1024))],
  ])("%s is not used", async (_name, says, change) => {
    announce();
    announcedFile = findFile();
    change();
    expect(await findDev(project)).toEqual({ unusable: expect.stringMatching(says) });
  });

  it.skipIf(process.getuid === undefined)("of another user is not used, and is not replaced", async () => {
    announce();
    const uid = process.getuid!();
    renameSync(findFolder(), path.join(base, `entra-gate-dev-${uid + 1}`));
    vi.spyOn(process as { getuid(): number }, "getuid").mockReturnValue(uid + 1);
    expect(await findDev(project)).toEqual({ unusable: expect.stringMatching(/belongs to another user$/) });
    expect(() => announce()).toThrow(/belongs to another user$/);
  });
});

let announcedFile = "";
