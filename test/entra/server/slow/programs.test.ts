// Programs in other languages, as Debian packages them, sign in over https. docs/reference/local-entra.md names each.
import { execFile, execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { api, clients, downstreamApi, personas, tenants } from "../../../../entra/testing.ts";
import { createTestCertificate } from "../../../support/client-certificate.ts";
import { type HttpsEntra, startHttpsEntra } from "../support/https-entra.ts";

const run = promisify(execFile);
const programs = path.join(import.meta.dirname, "../support/programs");
const python = "/usr/bin/python3";
const ruby = "/usr/bin/ruby";
const goPath = "/usr/share/gocode";
const webId = "c11e0000-0000-4000-8000-0000000000aa";
const webSecret = "local-secret-of-the-web-app";
const redirectUri = "http://localhost/callback";

let local: HttpsEntra;
let folder: string;
let environment: Record<string, string>;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "entra-gate-programs-"));
  const { pem } = await createTestCertificate();
  const [certificate = ""] = pem.split("-----BEGIN PRIVATE KEY-----");
  local = await startHttpsEntra({
    apps: {
      // Both could sign users in. What a daemon gets does not depend on it.
      certified: {
        certificates: [certificate],
        redirectUris: { web: [redirectUri] },
        permissions: { api: ["Orders.Read.All"] },
      },
      web: {
        clientId: webId,
        secrets: [webSecret],
        redirectUris: { web: [redirectUri] },
        permissions: { api: ["Orders.Read.All"] },
      },
    },
  });
  await writeFile(path.join(folder, "certificate.pem"), pem);
  environment = {
    PATH: process.env.PATH ?? "",
    HOME: folder,
    SSL_CERT_FILE: local.certificate,
    REQUESTS_CA_BUNDLE: local.certificate,
    HOST: local.host,
    TENANT: tenants.contoso.id,
    AUTHORITY: `${local.url}/${tenants.contoso.id}`,
    ISSUER: `${local.url}/${tenants.contoso.id}/v2.0`,
    SCOPE: `${api.appIdUri}/.default`,
    DAEMON_ID: webId,
    DAEMON_SECRET: webSecret,
    CERTIFIED_ID: local.entra.directory.findApp("certified")!.clientId,
    CERTIFICATE: path.join(folder, "certificate.pem"),
    MIDDLE_ID: clients.api.clientId,
    MIDDLE_SECRET: clients.api.secret,
    MIDDLE_SCOPE: `${downstreamApi.appIdUri}/.default`,
    ASSERTION: await local.entra.issueAccessToken({ authority: local.url }),
    WEB_ID: webId,
    WEB_SECRET: webSecret,
    REDIRECT: redirectUri,
  };
});
afterAll(async () => {
  await local.stop();
  await rm(folder, { recursive: true });
});

function runs(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Whether Debian's package of a Go library is on this machine. */
const hasGo = (library: string) => existsSync(path.join(goPath, "src", library)) && runs("go", "version");

/** Runs a program, which prints JSON. */
async function ask(command: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const { stdout } = await run(command, args, { env: environment });
  return JSON.parse(stdout);
}

/** Builds a program with Debian's libraries, and runs it. */
async function askGo(name: string): Promise<Record<string, unknown>> {
  const program = path.join(folder, name);
  // The same flags as for other programs of the tests, so that one build serves all.
  const flags = ["-gcflags=all=-N -l", "-tags=nethttpomithttp2", "-o", program];
  const env = { ...process.env, GO111MODULE: "off", GOPATH: goPath, CGO_ENABLED: "0" };
  await run("go", ["build", ...flags, path.join(programs, `${name}.go`)], { env });
  return ask(program);
}

/** Whose tokens a program got, and how it authenticated. */
function describeTokens(tokens: Record<string, unknown>): Record<string, unknown> {
  const described = Object.entries(tokens).map(([name, token]) => {
    const { idtyp, azpacr, roles, name: user, scp } = decodeJwt(String(token));
    return [name, idtyp === "app" && scp === undefined ? { azpacr, roles } : { azpacr, user, scp }];
  });
  return Object.fromEntries(described);
}

const ofApp = (azpacr: string) => ({ azpacr, roles: ["Orders.Read.All"] });
const ofUser = (scp: string) => ({ azpacr: "1", user: personas.member.name, scp });
const signedIn = { name: personas.member.name, email: personas.member.username, sub: true };

describe.skipIf(!hasGo("github.com/AzureAD/microsoft-authentication-library-for-go"))("MSAL for Go", () => {
  it("gets tokens with a secret, a certificate, on behalf of a user, with a code, and from its cache", async () => {
    expect(describeTokens(await askGo("msal"))).toEqual({
      secret: ofApp("1"),
      certificate: ofApp("2"),
      onBehalfOf: ofUser("inventory.read"),
      code: ofUser("access_as_user orders.read"),
      silent: ofUser("access_as_user orders.read"),
    });
  });
});

describe.skipIf(!runs(python, "-c", "import msal"))("Python's msal", () => {
  it("gets tokens with a certificate, named by SHA-256 and by SHA-1", async () => {
    const tokens = await ask(python, path.join(programs, "msal-certificate.py"));
    expect(describeTokens(tokens)).toEqual({ sha256: ofApp("2"), sha1: ofApp("2") });
  });
});

describe.skipIf(!runs(python, "-c", "import azure.identity"))("azure-identity for Python", () => {
  it("gets tokens with a secret, a certificate, and on behalf of a user", async () => {
    expect(describeTokens(await ask(python, path.join(programs, "azure-identity.py")))).toEqual({
      secret: ofApp("1"),
      certificate: ofApp("2"),
      onBehalfOf: ofUser("inventory.read"),
    });
  });
});

describe.skipIf(!hasGo("github.com/coreos/go-oidc/v3") || !hasGo("golang.org/x/oauth2"))("go-oidc", () => {
  it("signs a user in, verifies the ID token, and reads the user", async () => {
    expect(await askGo("oidc")).toEqual(signedIn);
  });
});

describe.skipIf(!runs(python, "-c", "import authlib, requests"))("Authlib", () => {
  it("signs a user in with PKCE, verifies the ID token, refreshes, and reads the user", async () => {
    expect(await ask(python, path.join(programs, "authlib-client.py"))).toEqual(signedIn);
  });
});

describe.skipIf(!runs(ruby, "-e", 'require "openid_connect"'))("Ruby's openid_connect", () => {
  it("signs a user in, verifies the ID token, and reads the user", async () => {
    expect(await ask(ruby, path.join(programs, "openid-connect.rb"))).toEqual(signedIn);
  });
});
