import { execFile, execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { serve } from "../../../cli/common/loopback.ts";
import { startProcess } from "../../support/deno/process.ts";
import { isNginxInstalled, startNginx } from "../../support/nginx.ts";
import type { AssertingGate } from "./asserting-gate.ts";

/** A server of docs/how-to/verify-assertions.md, which is not in JavaScript. */
export interface DocumentedOrigin {
  readonly name: string;
  /** Whether Debian's packages for it are on this machine. */
  readonly isInstalled: boolean;
  /** Status without keys. nginx turns 503 of `auth_request` into 500. */
  readonly withoutKeys: 500 | 503;
  /** Starts the program of the page for a gate. */
  start(gate: AssertingGate): Promise<RunningOrigin>;
}

/** A running server. It answers 200 with `caller` and `headers` as JSON, or refuses the request. */
export interface RunningOrigin {
  readonly url: string;
  stop(): Promise<void>;
}

/** Time between two fetches of the keys, shorter than on the page. */
export const pauseMilliseconds = 250;

const programs = path.resolve(import.meta.dirname, "../../../docs/how-to/verify-assertions");

/** A program of the page, with other values in place of some of its text. */
function readProgram(file: string, changes: Readonly<Record<string, string>>): string {
  const code = readFileSync(path.join(programs, file), "utf8");
  return Object.entries(changes).reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${file} does not contain ${from}`);
    return text.replace(from, to);
  }, code);
}

const python = "/usr/bin/python3";
const njs = "/usr/lib/nginx/modules/ngx_http_js_module.so";
const goPath = "/usr/share/gocode";

function runs(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Starts a program that prints its address. */
async function startPrinting(command: readonly string[], env: Readonly<Record<string, string>>, folder: string) {
  let url = "";
  const { stop } = await startProcess(command, { env }, (line) => {
    [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    return url !== "";
  });
  return { url, stop: () => stop().then(() => rm(folder, { recursive: true })) };
}

const makeFolder = () => mkdtemp(path.join(tmpdir(), "entra-gate-origin-"));

const fastApi: DocumentedOrigin = {
  name: "FastAPI with PyJWT",
  isInstalled: runs(python, "-c", "import fastapi, uvicorn, jwt, cryptography"),
  withoutKeys: 503,
  async start({ issuer, audience }) {
    const folder = await makeFolder();
    const changes = { "PAUSE_SECONDS = 10": `PAUSE_SECONDS = ${pauseMilliseconds / 1_000}` };
    await writeFile(path.join(folder, "app.py"), readProgram("app.py", changes));
    const command = [python, "-m", "uvicorn", "app:app", "--app-dir", folder, "--host", "127.0.0.1", "--port", "0"];
    return startPrinting(command, { ISSUER: issuer, AUDIENCE: audience }, folder);
  },
};

const go: DocumentedOrigin = {
  name: "Go with golang-jwt",
  isInstalled: existsSync(path.join(goPath, "src/github.com/golang-jwt/jwt/v5")) && runs("go", "version"),
  withoutKeys: 503,
  async start({ issuer, audience }) {
    const folder = await makeFolder();
    await writeFile(
      path.join(folder, "main.go"),
      readProgram("main.go", { "10 * time.Second": `${pauseMilliseconds} * time.Millisecond` }),
    );
    // Debian's packages are for builds without modules, which need no proxy of Go.
    const env = { ...process.env, GO111MODULE: "off", GOPATH: goPath, CGO_ENABLED: "0" };
    // Without optimization and HTTP/2, the first build on a machine takes two thirds of the time.
    const flags = ["-gcflags=all=-N -l", "-tags=nethttpomithttp2", "-o", "origin"];
    await promisify(execFile)("go", ["build", ...flags, "main.go"], { cwd: folder, env });
    const settings = { ISSUER: issuer, AUDIENCE: audience, ADDRESS: "127.0.0.1:0" };
    return startPrinting([path.join(folder, "origin")], settings, folder);
  },
};

/** The application behind nginx. */
const showClaims = () =>
  serve((request, response) => {
    const { "x-gate-claims": claims = "", ...headers } = request.headers;
    const caller = JSON.parse(Buffer.from(`${claims}`, "base64url").toString());
    response.end(JSON.stringify({ caller, headers }));
  });

const nginxWithNjs: DocumentedOrigin = {
  name: "nginx with njs",
  isInstalled: isNginxInstalled && existsSync(njs),
  withoutKeys: 500,
  async start({ issuer, audience }) {
    const app = await showClaims();
    const script = readProgram("gate.js", {
      "https://api.contoso.com/.well-known/entra-gate/origin": issuer,
      "https://origin.contoso.com": audience,
      "pauseMilliseconds = 10000": `pauseMilliseconds = ${pauseMilliseconds}`,
    });
    const server = await startNginx({
      modules: [njs],
      files: { "gate.js": script },
      write: (port) =>
        readProgram("gate.conf", { "127.0.0.1:8080": `127.0.0.1:${port}`, "http://127.0.0.1:3000": app.url }),
    });
    return {
      url: `http://127.0.0.1:${server.port}`,
      async stop() {
        await Promise.all([server.stop(), app.stop()]);
      },
    };
  },
};

export const documentedOrigins: readonly DocumentedOrigin[] = [fastApi, go, nginxWithNjs];
