import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createPaint, print, printError } from "../../cli/common/terminal.ts";
import { startServer } from "../support/server.ts";
import { environment } from "./support/explain-world.ts";
import { runHere } from "./support/run-command.ts";

const root = path.resolve(import.meta.dirname, "../..");
const bin = path.join(root, "cli/entra-gate.js");
const folder = mkdtempSync(path.join(tmpdir(), "terminal-"));
afterAll(() => rmSync(folder, { recursive: true }));
let projects = 0;
let project: string;

beforeEach(() => {
  projects += 1;
  project = path.join(folder, String(projects));
  mkdirSync(project);
  vi.spyOn(process, "cwd").mockImplementation(() => project);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** Clears the screen, makes a link and a title, colors by a C1 control, reverses text, and starts a line of its own. */
const hostile =
  "x\u001b[2J\u001b]8;;https://evil.example\u0007\u001b]0;title\u001b\\\u009b31m\u202e\u2066\u200f\u2028\u0008\r\nFORGED\rFORGED\nFORGED";
const emptyList = { schema: "entra-gate/revocations/1", rules: [] };
const forbidden = /(?![\n\t])[\p{C}\p{Zl}\p{Zp}]/u;

function write(name: string, content: string | object): string {
  const file = path.join(project, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  return file;
}

const worker = (
  routes: string,
) => `import { App, createGate, origin, requireAuth } from ${JSON.stringify(path.join(root, "src/index.ts"))};
const routes = new App({ title: "Orders" });
${routes}
export default createGate({ routes });`;

/** Node would load a module of the same name once. */
let workers = 0;

function configure(vars: object = {}, more: object = {}, code = worker("")): void {
  workers += 1;
  write("wrangler.json", { main: `worker-${workers}.ts`, vars: { ...environment, ...vars }, ...more });
  write(`worker-${workers}.ts`, code);
}

const orders = worker('routes.get("/orders", { hooks: requireAuth("orders.read") }, origin());');

const routeOf = (scope: string) =>
  `routes.get("/orders", { hooks: requireAuth({ clients: [${JSON.stringify(scope)}] }) }, origin());`;

const document = (scheme: string, where: string) => ({
  openapi: "3.1.0",
  info: { title: hostile, version: hostile },
  servers: [{ url: hostile }],
  paths: {
    [`/${where}`]: {
      get: {
        operationId: where,
        responses: { 200: { description: where } },
        security: [{ [scheme]: [where] }],
        parameters: [{ name: where, in: where, schema: { $ref: where } }],
      },
    },
  },
  components: { securitySchemes: { [scheme]: { type: where, flows: { [where]: { scopes: { [where]: where } } } } } },
});

/** Answers every request with a hostile text, also in the part of a header that the protocol allows. */
async function withServer<T>(use: (url: string) => Promise<T>): Promise<T> {
  const answer: RequestListener = (_request, response) => {
    response.writeHead(400, { "content-type": "text/x\u009b31m\u0085FORGED" });
    response.end(hostile);
  };
  const { url, stop } = await startServer(createServer(answer));
  try {
    return await use(url);
  } finally {
    await stop();
  }
}

const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
const token = `${encode({ alg: "RS256", typ: "JWT", kid: hostile })}.${encode({ iss: hostile, aud: hostile, tid: hostile, ver: hostile, scp: hostile, exp: 1, [hostile]: hostile })}.AAAA`;

/** Writes a program for Node that prints a text on both ways, says that it listens, and ends. */
function serve(text: string): void {
  write("package.json", { type: "module", scripts: { start: "node server.js" } });
  write(
    "server.js",
    `console.log(${JSON.stringify(text)}); console.error(${JSON.stringify(text)});
console.log("http://127.0.0.1:1"); setTimeout(() => {}, 1_000);`,
  );
}

/** It ends its process. */
function runDev(env: Readonly<Record<string, string>> = {}): Output {
  const options = { cwd: project, env: { PATH: process.env.PATH, ...env }, encoding: "utf8" } as const;
  return spawnSync(process.execPath, [bin, "dev", "--port", "0"], options);
}

type Output = { readonly stdout: string; readonly stderr: string };

/** For each command, calls that print text of files or servers. */
const calls: Readonly<Record<string, readonly (() => Output | Promise<Output>)[]>> = {
  explain: [
    () => {
      configure({}, {}, worker(""));
      return runHere(["explain", token, "--no-verify", "--unsafe", "--route", "GET /orders"]);
    },
    () => {
      configure({}, {}, worker(`throw new TypeError(${JSON.stringify(hostile)});`));
      return runHere(["explain", token, "--no-verify", "--unsafe"]);
    },
    () => {
      configure({ ENTRA_TENANT_ID: hostile });
      return runHere(["explain", token, "--keys", write("keys.json", { keys: [{ kty: hostile, kid: hostile }] })]);
    },
    () => runHere(["explain", token, "--keys", write("keys.json", hostile)]),
  ],
  doctor: [
    () => {
      configure(
        { [`ENTRA_TENANT_${hostile}`]: hostile, ORIGIN_URL: hostile, ENTRA_TENANT_IDD: hostile },
        { name: hostile, routes: [{ pattern: hostile, zone_name: hostile }], env: { [hostile]: {} } },
        worker(routeOf(hostile)),
      );
      return runHere(["doctor", "--offline"]);
    },
    () => {
      configure(
        {},
        {
          name: hostile,
          routes: [{ pattern: `${hostile}/*`, zone_name: hostile }],
          services: [{ binding: hostile, service: hostile }],
        },
        worker(`throw new Error(${JSON.stringify(hostile)});`),
      );
      return runHere(["doctor", "--offline", "--openapi", write("openapi.json", document(hostile, hostile))]);
    },
    () => {
      configure({ [`ENTRA_${hostile}`]: "x" }, {}, worker(""));
      return runHere(["doctor", "--offline", "--openapi", write("openapi.json", document(hostile, "x"))]);
    },
    () => {
      write("wrangler.json", `{ "${hostile}": `);
      return runHere(["doctor", "--offline"]);
    },
    () => {
      configure({}, { env: { [hostile]: { name: hostile } } });
      return runHere(["doctor", "--env", "none"]);
    },
    () =>
      withServer((url) => {
        configure(
          { ENTRA_AUTHORITY: url, ORIGIN_URL: url },
          {},
          worker(routeOf("11111111-2222-3333-4444-555555555555")),
        );
        return runHere(["doctor", "--openapi", `${url}/openapi.json`]);
      }),
  ],
  init: [
    () => {
      write("package.json", {
        name: hostile,
        scripts: { dev: hostile, [hostile]: hostile },
        dependencies: { hono: hostile },
      });
      configure(
        {},
        { name: hostile, env: { [hostile]: {} }, assets: { directory: hostile } },
        `import { Hono } from "hono"; // ${hostile.replaceAll(/[\r\n\u2028]/g, "")}\nconst app = new Hono(); app.get("/", (c) => c.text("a\u001b[31m\u202e\u009b")); app.get(${JSON.stringify(`/${hostile}`)}, (c) => c.text("x"));\nexport default app;\n`,
      );
      return runHere(["init", project, "--dry-run"]);
    },
    () => {
      configure({}, { env: { [hostile]: {} } }, "export default { fetch: () => new Response() };");
      return runHere(["init", project, "--bind", "--dry-run"]);
    },
    () => {
      write("wrangler.json", { main: `${hostile}.ts`, vars: {} });
      return runHere(["init", project, "--dry-run"]);
    },
    () => {
      write("wrangler.json", { main: `src/${hostile}.ts`, vars: {} });
      write(`src/${hostile}.ts`, "export default { fetch: () => new Response() };");
      return runHere(["init", project, "--dry-run"]);
    },
    () => {
      const policy = `<policies><inbound><validate-azure-ad-token tenant-id="${"11111111-2222-3333-4444-555555555555"}"><client-application-ids><application-id>\u202ex\u009b</application-id></client-application-ids><${"x"} a="\u202e\u009b" /></validate-azure-ad-token><other note="\u202e\nFORGED\u009b" /></inbound></policies>`;
      return runHere(["init", path.join(project, "new"), "--dry-run", "--from", "apim", write("policy.xml", policy)]);
    },
  ],
  compile: [hostile, "x"].map((where) => () => {
    configure();
    return runHere(["compile", write("openapi.json", document(hostile, where)), "--out", path.join(project, "out.ts")]);
  }),
  diff: ["text", "markdown"].map((format) => () => {
    configure();
    const role = (name: string) =>
      `routes.get("/orders", { hooks: requireAuth({ roles: [${JSON.stringify(name)}] }) }, origin());`;
    const files = [
      write("old.ts", worker(role("a"))),
      write("new.ts", worker(role(`b\u202e\u009b\n| FORGED \`|\u001b[31m`))),
    ];
    return runHere(["diff", ...files, "--format", format]);
  }),
  test: [
    () => {
      configure({}, {}, orders);
      const policyCase = { name: hostile, method: "GET", path: "/orders", caller: hostile, expect: { status: 200 } };
      return runHere(["test", write("cases.json", { callers: { [hostile]: { scopes: ["a"] } }, cases: [policyCase] })]);
    },
    () => {
      configure({}, {}, orders);
      const policyCase = { name: hostile, method: "GET", path: "/orders", caller: hostile, expect: { status: 200 } };
      return runHere([
        "test",
        write("cases.json", { callers: { [hostile]: { scopes: ["a"] } }, cases: [policyCase] }),
        "--matrix",
      ]);
    },
    () =>
      runHere([
        "test",
        write("cases.json", {
          [hostile]: hostile,
          cases: [{ [hostile]: hostile, name: hostile, method: hostile, expect: { reason: hostile } }],
        }),
      ]),
    () => runHere(["test", write("cases.yaml", `a: [\u001b]8;;\n${hostile}`)]),
  ],
  openapi: [
    () => {
      configure({ GATE_URL: hostile }, {}, worker(`routes.get("/*", { hooks: requireAuth("a") }, origin());`));
      return runHere(["openapi", "--out", path.join(project, "out.json")]);
    },
    () => {
      configure({}, {}, `throw new Error(${JSON.stringify(hostile)})`);
      return runHere(["openapi", "--out", path.join(project, "out.json")]);
    },
  ],
  dev: [
    () => {
      write("wrangler.json", `{ "${hostile}": `);
      return runDev();
    },
    () => {
      rmSync(path.join(project, "wrangler.json"), { force: true });
      serve(hostile.replaceAll(/[\r\n\u2028]/g, ""));
      const route = `routes.get("/orders", { hooks: requireAuth({ roles: [${JSON.stringify(hostile)}] }) }, origin());`;
      write("src/app.ts", `${worker(route)}\nexport { routes as app };`);
      return runDev();
    },
  ],
  entra: [
    () => {
      const yaml = {
        tenants: { [hostile]: { [hostile]: hostile } },
        users: { [hostile]: hostile },
        apps: { [hostile]: { certificates: [hostile] } },
        [hostile]: 1,
      };
      return runHere(["entra", "--port", "0", "--config", write("entra.json", yaml)]);
    },
    () => runHere(["entra", "--port", "0", "--config", write("entra.yaml", `a: [\n${hostile}`)]),
    () => runHere(["entra", "--port", "0", "--keys", write("keys.json", hostile)]),
  ],
  token: [() => withServer((url) => runHere(["token", "--entra", url]))],
  deploy: [
    () => {
      configure({ [`ENTRA_${hostile}`]: hostile }, { env: { [hostile]: {} } });
      return runHere(["deploy"]);
    },
    () => runHere(["deploy", "--config", hostile]),
    () => runHere(["deploy", "--env", hostile]),
  ],
  secrets: [
    () => runHere(["secrets", "--env", "", "--from", write(hostile, "")]),
    () => runHere(["secrets", "--env", hostile]),
  ],
  smoke: [() => withServer((url) => runHere(["smoke", `${url}/orders`]))],
  revoke: [
    () => runHere(["revoke", "--list", "--file", write("list.json", hostile)]),
    () => runHere(["revoke", "--token", hostile, "--file", write("list.json", emptyList)]),
    () => {
      const rules = [{ token: "a", before: "2026-11-30T08:00:00Z", [hostile]: hostile }];
      return runHere(["revoke", "--list", "--file", write("list.json", { ...emptyList, rules })]);
    },
  ],
  keygen: [() => runHere(["keygen", "--out", path.join(project, hostile)])],
  // These print only texts of this package, and their arguments.
  docs: [() => runHere(["docs", hostile])],
};

describe("no control character of a file or server reaches the terminal", () => {
  it.each(Object.entries(calls))("in the output of %s", async (_command, all) => {
    for (const call of all) {
      const { stdout, stderr } = await call();
      const output = stdout + stderr;
      expect(output).not.toBe("");
      expect(forbidden.exec(output)).toBeNull();
      expect(output).not.toMatch(/^[\s|]*FORGED/m);
    }
  });

  it("in that of any command", async () => {
    const { stdout } = await runHere(["--help"]);
    const names = [...stdout.slice(stdout.indexOf("Commands:")).matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name);
    expect(Object.keys(calls).sort()).toEqual(names.filter((name) => name !== "help").sort());
  });
});

describe("own styles", () => {
  const esc = "\u001b";

  it("are printed, and those of a text are not", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    const error = vi.spyOn(console, "error").mockImplementation(() => {});
    vi.stubEnv("FORCE_COLOR", "1");
    const paint = createPaint(process.stdout);
    print(`${paint("red", `a${esc}[32mb|c`)}\td${esc}]8;;x\r\ne\n`);
    expect(log.mock.calls).toEqual([[`${esc}[31ma\\u{1b}[32mb|c${esc}[39m\td\\u{1b}]8;;x\r\ne\n`]]);
    printError(`${esc}[2J\u202e`);
    expect(error.mock.calls).toEqual([["\\u{1b}[2J\\u{202e}"]]);
  });

  it("do not come from a program that dev runs", () => {
    serve(`${esc}[31mred${esc}[39m\u202e`);
    const { stdout, stderr } = runDev({ FORCE_COLOR: "1" });
    expect(stdout).toMatch(/^red\\u\{202e\}$/m);
    expect(stderr).toMatch(/^red\\u\{202e\}$/m);
  });

  it("are those of a command whose output may have colors", () => {
    const env = { PATH: process.env.PATH, FORCE_COLOR: "1" };
    const args = [
      bin,
      "test",
      write("cases.json", {
        cases: [{ name: `${esc}[32m`, method: "GET", path: "/", caller: "none", expect: { status: 404 } }],
      }),
    ];
    configure({}, {}, orders);
    const { stdout } = spawnSync(process.execPath, args, { cwd: project, env, encoding: "utf8" });
    expect(stdout).toContain(`${esc}[31m✗${esc}[39m \\u{1b}[32m`);
  });
});
