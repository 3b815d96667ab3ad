import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { connect } from "node:tls";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createServerIdentity,
  findAuthorityCertificate,
  findAuthorityFolder,
  forgetAuthority,
  type ServerIdentity,
} from "../../../../cli/entra/authority-files.ts";
import { certutilPath, chromiumPath, openPage, startTrustingBrowser } from "../../../support/browser.ts";
import { startServer } from "../../../support/server.ts";
import { certify } from "../../support/authority.ts";

const now = Math.floor(Date.now() / 1_000);
let data: string;
let folder: string;

beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "authority-"));
  folder = findAuthorityFolder({ XDG_DATA_HOME: data }, "linux");
});
afterEach(() => rmSync(data, { recursive: true }));

/** Connects to a server as `localhost`, under the name of a host. @returns why the client refuses it */
async function meet(identity: ServerIdentity, servername: string): Promise<string> {
  const { port, stop } = await startServer(createServer(identity));
  const ca = readFileSync(findAuthorityCertificate(folder));
  const options = { host: "127.0.0.1", port, ca, ...(servername !== "127.0.0.1" && { servername }) };
  const socket = connect(options);
  const outcome = await once(socket, "secureConnect").then(
    () => "trusted",
    (error) => error.message,
  );
  socket.destroy();
  await stop();
  return outcome;
}

describe("the folder", () => {
  it("is that of the user's data", () => {
    expect(findAuthorityFolder({}, "linux")).toMatch(/\/\.local\/share\/entra-gate\/local-authority$/);
    expect(findAuthorityFolder({ XDG_DATA_HOME: "relative" }, "linux")).toMatch(/\/\.local\/share\/entra-gate\//);
    expect(findAuthorityFolder({}, "darwin")).toMatch(/\/Library\/Application Support\/entra-gate\//);
    expect(findAuthorityFolder({ LOCALAPPDATA: "/local" }, "win32")).toBe("/local/entra-gate/local-authority");
  });

  it("lets only the user read the key", async () => {
    await createServerIdentity(folder, now);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(path.join(folder, "authority-key.pem")).mode & 0o777).toBe(0o600);
    expect(readdirSync(path.dirname(folder))).toEqual(["local-authority"]);
  });

  it.each(["", "authority-key.pem"])("is refused if others can read %j in it", async (name) => {
    await createServerIdentity(folder, now);
    chmodSync(path.join(folder, name), 0o750);
    await expect(createServerIdentity(folder, now)).rejects.toThrow(/^other users can read .* entra --forget/);
  });

  it("is refused if a file is damaged, missing or of another authority", async () => {
    await createServerIdentity(folder, now);
    const own = findAuthorityCertificate(folder);
    const kept = readFileSync(own);
    writeFileSync(own, "nonsense");
    await expect(createServerIdentity(folder, now)).rejects.toThrow(/is damaged .* entra --forget/);
    rmSync(own);
    await expect(createServerIdentity(folder, now)).rejects.toThrow(/is damaged/);
    await forgetAuthority(folder);
    await createServerIdentity(folder, now);
    writeFileSync(own, kept);
    await expect(createServerIdentity(folder, now)).rejects.toThrow(/the two files do not belong together/);
  });

  it("has one authority, although several processes create it", async () => {
    const identities = await Promise.all(Array.from({ length: 4 }, () => createServerIdentity(folder, now)));
    const authority = new X509Certificate(readFileSync(findAuthorityCertificate(folder)));
    expect(identities.map(({ cert }) => new X509Certificate(cert).verify(authority.publicKey))).toEqual(
      Array(4).fill(true),
    );
    expect(new Set(identities.map(({ key }) => key)).size).toBe(4);
    expect(readdirSync(path.dirname(folder))).toEqual(["local-authority"]);
  });

  it("is empty after --forget", async () => {
    expect(await forgetAuthority(folder)).toBe(false);
    await createServerIdentity(folder, now);
    expect(await forgetAuthority(folder)).toBe(true);
    expect(readdirSync(path.dirname(folder))).toEqual([]);
  });

  it("is refused once the authority has expired", async () => {
    await createServerIdentity(folder, now);
    const years = 6 * 365 * 24 * 3600;
    await expect(createServerIdentity(folder, now + years)).rejects.toThrow(/has expired: .* --forget/);
  });
});

describe("a certificate of the authority", () => {
  it.each(["localhost", "127.0.0.1"])("is trusted for %s", async (name) => {
    expect(await meet(await createServerIdentity(folder, now), name)).toBe("trusted");
  });

  it("names this machine alone, and is valid for 90 days", async () => {
    const { cert } = await createServerIdentity(folder, now);
    const { subjectAltName, validToDate } = new X509Certificate(cert);
    expect(subjectAltName).toBe("DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1");
    expect(validToDate.getTime() / 1_000).toBe(now + 90 * 24 * 3600);
  });

  it.each([
    ["login.microsoftonline.com", { dnsNames: ["login.microsoftonline.com"], addresses: [] }],
    ["login.microsoftonline.com", { dnsNames: ["localhost", "login.microsoftonline.com"], addresses: [] }],
    ["localhost.example", { dnsNames: ["localhost.example"], addresses: [] }],
    ["localhost", { dnsNames: ["localhost"], addresses: [Uint8Array.of(192, 0, 2, 1)] }],
  ])("is refused by Node for %s", async (name, names) => {
    await createServerIdentity(folder, now);
    expect(await meet(await certify(folder, names), name)).toBe("permitted subtree violation");
  });
});

describe.skipIf(chromiumPath === undefined || certutilPath === undefined)("Chromium, whose user trusts it", () => {
  /** Opens the page of a server with a certificate. @returns its text, or the error of Chromium */
  async function open(identity: ServerIdentity, name: string): Promise<string> {
    const { port, stop } = await startServer(createServer(identity, (_, response) => response.end("trusted")));
    const resolve = `--host-resolver-rules=MAP ${name} 127.0.0.1`;
    const browser = await startTrustingBrowser(findAuthorityCertificate(folder), [resolve]);
    try {
      const page = await openPage(browser);
      const response = await page.goto(`https://${name}:${port}/`).catch((error) => error);
      return response instanceof Error ? (/ERR_\w+/.exec(response.message)?.[0] ?? "") : await response.text();
    } finally {
      await browser.close();
      await stop();
    }
  }

  it("opens a page of localhost", async () => {
    expect(await open(await createServerIdentity(folder, now), "localhost")).toBe("trusted");
  });

  it("opens no page of another name that the authority has signed", async () => {
    await createServerIdentity(folder, now);
    const names = { dnsNames: ["login.other.example"], addresses: [] };
    expect(await open(await certify(folder, names), "login.other.example")).toBe("ERR_CERT_INVALID");
  });
});
