import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";

const root = path.resolve(import.meta.dirname, "../../..");

export interface Step {
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly "working-directory"?: string;
}

export interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** The workflows of the repository by file name, each with its text. */
export const workflows = globSync(".github/workflows/*", { cwd: root })
  .sort()
  .map((file) => {
    const text = readFileSync(path.join(root, file), "utf8");
    return { name: path.basename(file), text, workflow: parse(text) as Workflow };
  });

export interface Action {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs?: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly steps: readonly Step[] };
}

/** The actions that other repositories use, by their files, each with its text. */
export const actions = ["action.yml", "tools/pull-request/action.yml"].map((name) => {
  const text = readFileSync(path.join(root, name), "utf8");
  return { name, text, action: parse(text) as Action };
});

/** Jobs of every workflow: `release.yml npm`. */
export const jobs = workflows.flatMap(({ name, workflow }) =>
  Object.entries(workflow.jobs).map(([id, job]) => ({ name: `${name} ${id}`, workflow, job })),
);

/** Commands that only the service can run, and why. */
export const commandsOfService: Readonly<Record<string, string>> = {
  "bash .ci/run": "it runs this test",
  "npm ci": "it is the first command of .ci/run",
  "npm run release": "it publishes",
  "DENO_NO_PACKAGE_JSON=1 npx --no-install deno publish": "it publishes",
  "gh release create": "it publishes",
};

export function isOfService(command: string): boolean {
  return Object.keys(commandsOfService).some((start) => command === start || command.startsWith(`${start} `));
}
