// What the container files of examples/node say, without a container engine: processes, signals, probes and the
// configuration of nginx.
import { execFile, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cp, mkdtemp, rm, symlink } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { createGateVars } from "../../cli/common/gate-vars.ts";
import { PortTakenError } from "../../cli/common/loopback.ts";
import { startProcess } from "../support/deno/process.ts";
import { readPage } from "../support/docs/pages.ts";
import { startOnFreePort } from "../support/free-port.ts";
import { type HeaderField, type HttpRequest, sendRequest } from "../support/http.ts";
import { type Launcher, startLauncher } from "../support/launcher.ts";
import type { ServerPart } from "../support/stack.ts";

const api = "api.contoso.com";
const health = "/.well-known/entra-gate/health";
const https: HeaderField = ["X-Forwarded-Proto", "https"];
/** How long the server lets responses end. */
const stopSeconds = 8;

const inOwnNamespace = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--forward-signals"];
const isNamespaceAllowed = spawnSync("unshare", [...inOwnNamespace.slice(1), "true"]).status === 0;

const source = path.resolve(import.meta.dirname, "../../examples/node");
const read = (name: string) => readFileSync(path.join(source, name), "utf8");
const compose = parse(read("compose.yaml"));
const manifests = readPage("docs/how-to/run-in-a-container.md")
  .snippets.filter(({ language }) => language === "yaml")
  .flatMap(({ code }) => parseAllDocuments(code).map((document) => document.toJS()));
const documentedServer =
  readPage("docs/how-to/run-behind-a-proxy.md").snippets.find(({ language }) => language === "nginx")?.code ?? "";

let folder: string;
let local: Launcher;
let authority: string;
let token: string;
/** The environment and the command that the Dockerfile gives a container. */
let image: { readonly env: Record<string, string>; readonly command: readonly string[] };
const started: Pick<ServerPart, "stop">[] = [];

/** Does what the Dockerfile says, in a folder. `docker build` is not needed for it. */
async function build(): Promise<typeof image> {
  let env: Record<string, string> = {};
  let command: readonly string[] = [];
  for (const line of read("Dockerfile").trim().split("\n")) {
    const [instruction = "", ...words] = line.split(" ");
    if (instruction === "ENV") env = Object.fromEntries(words.map((word) => word.split("=")));
    else if (instruction === "CMD") command = JSON.parse(words.join(" "));
    else if (instruction === "RUN") {
      expect(line).toBe("RUN npm ci --omit=dev");
      await symlink(path.join(inject("project"), "node_modules"), path.join(folder, "node_modules"));
    } else if (instruction === "COPY") {
      // `npm install` writes the lockfile of a project. A workspace has none.
      for (const name of words.slice(0, -1).filter((word) => word !== "package-lock.json"))
        await cp(path.join(source, name), path.join(folder, name), { recursive: true });
    } else expect(["FROM", "WORKDIR", "USER", "EXPOSE"]).toContain(instruction);
  }
  return { env, command };
}

/** Starts the command of the image; as process 1 of its namespace, where the system allows it. */
function start(): Promise<ServerPart> {
  return startOnFreePort(async (port) => {
    const [program, file = ""] = image.command;
    expect(program).toBe("node");
    const command = [process.execPath, path.join(folder, file)];
    const env = {
      ...createGateVars(authority),
      GATE_URL: `https://${api}`,
      ...image.env,
      PORT: `${port}`,
    };
    const { terminate, stop } = await startProcess(
      isNamespaceAllowed ? [...inOwnNamespace, ...command] : command,
      { env: { PATH: process.env.PATH ?? "", ...env } },
      (line) => line.startsWith("Listening on"),
    ).catch((error: Error) => {
      throw error.message.includes("EADDRINUSE") ? new PortTakenError(port) : error;
    });
    started.push({ stop });
    return { url: `http://127.0.0.1:${port}`, terminate, stop };
  });
}

async function ask(url: string, request: HttpRequest = {}): Promise<number> {
  return (await sendRequest(url, { host: api, ...request })).status;
}

const bearer = (): HeaderField => ["Authorization", `Bearer ${token}`];

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "entra-gate-container-"));
  image = await build();
  const command = path.join(inject("project"), "node_modules/entra-gate/cli/entra-gate.js");
  const own = { HOME: folder, XDG_DATA_HOME: folder, LOCALAPPDATA: folder };
  local = await startLauncher([], { command: [command, "entra"], env: own });
  authority = /^(?:export )?ENTRA_AUTHORITY=(\S+)/m.exec(local.output())?.[1] ?? "";
  const args = [command, "token", "--entra", authority, "--persona", "member", "--scope", "orders.read"];
  token = (await promisify(execFile)(process.execPath, args)).stdout.trim();
});
afterAll(async () => {
  await Promise.all(started.map((part) => part.stop()));
  await local?.stop();
  await rm(folder, { recursive: true });
});

describe("the Dockerfile of the server in Node", () => {
  it("serves probes, and callers through a proxy that ends TLS", async () => {
    const { url } = await start();
    expect([
      await ask(url, { path: health, host: "10.0.0.7:8787" }),
      await ask(url, { headers: [https, bearer()] }),
      await ask(url, { headers: [https] }),
      await ask(url),
      await ask(url, { headers: [https], host: "evil.example" }),
    ]).toEqual([200, 200, 401, 403, 421]);
  });

  it("answers the request that waits for keys after SIGTERM, and ends with 0", async () => {
    const fail = (fault: string, body: object = {}) =>
      fetch(`${authority}/local/faults/${fault}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    const { url, terminate } = await start();
    expect((await fail("startOutage", { kind: "slow", endpoint: "keys", delayMs: 2_000 })).status).toBeLessThan(300);
    const waiting = ask(url, { headers: [https, bearer()] });
    // Its connection is accepted after that of the request before.
    expect(await ask(url, { path: health })).toBe(200);
    const code = terminate();
    await expect.poll(() => ask(url, { path: health }).catch(() => "refused")).toBe("refused");
    expect([await waiting, await code]).toEqual([200, 0]);
    await fail("endOutage");
  });
});

describe("compose.yaml", () => {
  const { gate, proxy } = compose.services;

  it("publishes only the proxy, and starts it when the gate is healthy", () => {
    expect([gate.ports, proxy.ports, proxy.depends_on.gate.condition]).toEqual([
      undefined,
      ["443:443"],
      "service_healthy",
    ]);
    expect(Number.parseInt(gate.stop_grace_period, 10)).toBeGreaterThan(stopSeconds);
  });

  it("has a health check that succeeds only with the health page", async () => {
    const [kind, program, ...args] = gate.healthcheck.test as string[];
    expect([kind, program]).toEqual(["CMD", "node"]);
    const { url, stop } = await start();
    const check = () =>
      spawnSync(
        process.execPath,
        args.map((arg) => arg.replace("http://127.0.0.1:8787", url)),
      ).status;
    expect(args.join()).toContain(`http://127.0.0.1:${image.env.PORT}`);
    expect(check()).toBe(0);
    await stop();
    expect(check()).not.toBe(0);
  });

  it("gives nginx the configuration of the guide", () => {
    expect(proxy.volumes).toEqual(["./nginx.conf:/etc/nginx/conf.d/default.conf:ro", "./certificates:/etc/ssl/api:ro"]);
    expect(read("nginx.conf").trim()).toBe(
      documentedServer
        .replaceAll("/etc/ssl/api.contoso.com", "/etc/ssl/api/api.contoso.com")
        .replace("http://10.0.0.7:8787", `http://gate:${image.env.PORT}`),
    );
  });
});

describe("the manifest for Kubernetes", () => {
  const byKind = Object.fromEntries(manifests.map((manifest) => [manifest.kind, manifest.spec]));
  const { template, selector } = byKind.Deployment;
  const [container] = template.spec.containers;
  const port = container.ports[0].containerPort;

  it("gives the server the time that it needs to stop", () => {
    const seconds = container.lifecycle.preStop.sleep.seconds;
    expect(template.spec.terminationGracePeriodSeconds).toBeGreaterThan(seconds + stopSeconds);
  });

  it("has a probe that the gate answers at the port of the image", async () => {
    const { url } = await start();
    const { httpGet } = container.readinessProbe;
    expect([httpGet.port, container.livenessProbe.tcpSocket.port]).toEqual([port, port]);
    expect(await ask(url, { path: httpGet.path, host: `10.0.0.7:${port}` })).toBe(200);
  });

  it("lets only the proxy reach the port of the image", () => {
    expect(String(port)).toBe(image.env.PORT);
    const { podSelector, policyTypes, ingress } = byKind.NetworkPolicy;
    expect([podSelector, policyTypes]).toEqual([selector, ["Ingress"]]);
    expect(selector.matchLabels).toEqual(template.metadata.labels);
    expect(byKind.Service.selector).toEqual(template.metadata.labels);
    expect(byKind.Service.ports[0].targetPort).toBe(port);
    expect(ingress).toEqual([
      {
        // One entry, so that the namespace and the pod must both match.
        from: [{ namespaceSelector: expect.any(Object), podSelector: expect.any(Object) }],
        ports: [{ protocol: "TCP", port }],
      },
    ]);
  });
});
