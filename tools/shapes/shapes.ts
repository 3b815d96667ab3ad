import { execFile } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { quietEnvironment } from "../../cli/project/quiet.ts";

/** A project as users have it before `entra-gate init`. */
export interface Shape {
  /** Folder below test/shapes; absent for an empty folder. */
  readonly fixture?: string;
  /** Further arguments of `init`. */
  readonly args?: readonly string[];
  /** Whether Wrangler deploys it. */
  readonly isWorker: boolean;
  /** Wrangler's file, if it is not in the folder of the project. */
  readonly config?: string;
  /** Script that runs before a deployment. */
  readonly build?: string;
  /** Requests that the project answered before, and now answers callers with a token. */
  readonly requests: readonly { readonly method?: string; readonly path: string; readonly status: number }[];
  /** Arguments of the command that proves the rules. */
  readonly rules: readonly string[];
  /** Paths that stay public. */
  readonly open?: readonly string[];
}

export const shapes: Readonly<Record<string, Shape>> = {
  "empty folder": {
    args: ["--origin", "https://origin.contoso.com"],
    isWorker: true,
    rules: ["rules.yaml"],
    requests: [{ path: "/me", status: 200 }],
  },
  "plain worker (TOML)": {
    fixture: "worker-toml",
    isWorker: true,
    rules: ["rules.yaml"],
    requests: [
      { path: "/", status: 200 },
      { method: "POST", path: "/parcels", status: 201 },
      { path: "/missing", status: 404 },
    ],
  },
  "worker with a gate in front of it": {
    fixture: "worker-toml",
    args: ["--bind"],
    isWorker: true,
    config: "gate/wrangler.jsonc",
    rules: ["gate/rules.yaml", "--config", "gate/wrangler.jsonc"],
    requests: [],
  },
  "worker with static assets and JSONC": {
    fixture: "worker-assets",
    isWorker: true,
    rules: ["rules.yaml"],
    requests: [{ path: "/api/pages", status: 200 }],
    open: ["/"],
  },
  "Hono app": {
    fixture: "hono",
    args: ["--public", "GET /health"],
    isWorker: true,
    rules: ["rules.yaml"],
    requests: [{ path: "/", status: 200 }],
    open: ["/health"],
  },
  "Hono app with middleware and sub-apps": {
    fixture: "hono-parts",
    args: ["--public", "/health"],
    isWorker: true,
    rules: ["rules.yaml"],
    requests: [
      { path: "/shop/stage", status: 200 },
      { path: "/shop/orders", status: 200 },
      { path: "/shop/catalog/tea", status: 200 },
    ],
    open: ["/health"],
  },
  "Cloudflare Vite plugin": {
    fixture: "vite",
    isWorker: true,
    build: "build",
    rules: ["rules.yaml"],
    requests: [{ path: "/api/lists", status: 200 }],
  },
  Deno: { fixture: "deno", isWorker: false, rules: ["rules.yaml"], requests: [{ path: "/", status: 200 }] },
  "Node with @hono/node-server": {
    fixture: "node",
    isWorker: false,
    rules: ["rules.yaml"],
    requests: [
      { path: "/", status: 200 },
      { path: "/entries/7", status: 200 },
    ],
  },
};

const root = path.resolve(import.meta.dirname, "../..");

/** IDs as Entra issues them, so that doctor finds no fault. */
export const answers = [
  ...["--tenant", "4b1c6e0a-93d7-4f58-8a26-e1d07c35b9f2"],
  ...["--audience", "a86d3f17-2c9b-4e05-b7d4-59f1e0c2648a"],
  ...["--scope", "access_as_user"],
];

/** A program that ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end, in a folder. */
export type Run = (command: string, ...args: readonly string[]) => Promise<Ended>;

/** @param paths folders of programs, in front of those of the system */
export function createRun(cwd: string, paths: readonly string[]): Run {
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    ...quietEnvironment,
    NODE_OPTIONS: "",
    CI: "true",
    NO_COLOR: "1",
    npm_config_update_notifier: "false",
    PATH: [...paths, process.env.PATH].join(path.delimiter),
  };
  return async (command, ...args) => {
    try {
      const running = promisify(execFile)(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
      running.child.stdin?.end();
      const { stdout, stderr } = await running;
      return { code: 0, output: stdout + stderr };
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
      return { code, output: `${stdout}${stderr}` };
    }
  };
}

/** Copies a project into a folder, and commits it. */
export async function copyShape({ fixture }: Shape, folder: string, run: Run): Promise<void> {
  mkdirSync(folder, { recursive: true });
  if (fixture !== undefined) cpSync(path.join(root, "test/shapes", fixture), folder, { recursive: true });
  const author = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
  await run("git", "init", "--quiet");
  await run("git", "add", "--all");
  await run("git", ...author, "commit", "--quiet", "--allow-empty", "--message", "Before");
}

/** What init did in a folder. */
export interface StepResult extends Ended {
  readonly step: string;
}

const install = ["install", "--prefer-offline", "--no-audit", "--no-fund"];

/**
 * Protects a project, installs it, and runs its tests, doctor and a deployment without an upload.
 *
 * @param command how `entra-gate` of the tarball is called
 * @param packages folder of packages that the project uses in place of an installation
 * @returns every step, until one fails
 */
export async function tryShape(
  shape: Shape,
  command: readonly [string, ...string[]],
  run: Run,
  packages?: string,
): Promise<StepResult[]> {
  const [program, ...before] = command;
  const steps: readonly (readonly [string, string, ...string[]])[] = [
    ["init", program, ...before, "init", "--yes", ...answers, ...(shape.args ?? [])],
    packages === undefined ? ["install", "npm", ...install] : ["install", "ln", "-s", packages, "node_modules"],
    ["test", "npm", "test"],
    ["doctor", "npm", "run", "doctor", "--", "--offline"],
    ["rules", "npx", "--no", "entra-gate", "test", ...shape.rules],
    ...(shape.build ? [["build", "npm", "run", shape.build] as const] : []),
    ...(shape.isWorker
      ? [
          [
            "deploy",
            "npx",
            "--no",
            "wrangler",
            "deploy",
            "--dry-run",
            ...(shape.config ? ["--config", shape.config] : []),
          ] as const,
        ]
      : []),
  ];
  const results: StepResult[] = [];
  for (const [step, program, ...args] of steps) {
    const ended = await run(program, ...args);
    results.push({ step, ...ended });
    if (ended.code !== 0) break;
  }
  return results;
}
