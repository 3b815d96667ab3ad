import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { newScripts } from "../../../cli/init/files.ts";
import { createProgram } from "../../../cli/main.ts";
import { readPages } from "../../support/docs/pages.ts";

const directory = mkdtempSync(path.join(tmpdir(), "entra-gate-commands-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** Programs that the pages call, which note their arguments here. */
const recorded = [
  ...["npx", "npm", "node", "deno", "bun", "git", "grep"],
  ...["az", "curl", "docker", "kubectl", "openssl", "terraform", "nginx"],
  ...["uvicorn", "go", "pip"],
];
const programs = path.join(directory, "programs");
mkdirSync(programs);
for (const name of recorded) {
  // Each call has a file of its own, because the programs of a pipe run at the same time.
  const text = `#!/bin/sh\nprintf '%s\\0' ${name} "$@" > "$CALLS/$$"\n`;
  writeFileSync(path.join(programs, name), text, { mode: 0o755 });
}

/** Files that commands read, which a user has by then. */
const files = [
  ...["token.txt", "secrets.json", "list.json", "secret.txt", "answer.json", "cert.pem", "key.pem"],
  ...["gate-signing-key.pem", "entra-client-key.pem", "next.pem", "entra/register.sh"],
];
let projects = 0;

/** Runs the commands of a block in a project, and returns their calls. */
function record(code: string): readonly (readonly string[])[] {
  projects += 1;
  const project = path.join(directory, String(projects));
  const calls = path.join(directory, `calls-${projects}`);
  mkdirSync(calls);
  for (const name of files) {
    mkdirSync(path.dirname(path.join(project, name)), { recursive: true });
    writeFileSync(path.join(project, name), "");
  }
  const env = { PATH: `${programs}:/usr/bin:/bin`, CALLS: calls, HOME: project };
  const { status, stderr } = spawnSync("bash", ["-c", code], { cwd: project, env, encoding: "utf8", input: "" });
  if (status !== 0) throw new Error(`${code}\nends with ${status}: ${stderr}`);
  return readdirSync(calls).map((file) => readFileSync(path.join(calls, file), "utf8").split("\0").slice(0, -1));
}

/** Pages for users. The others are for those who change the source, or measure it. */
const pages = readPages().filter(
  ({ file }) =>
    /^(?:README\.md|examples\/|docs\/(?:tutorials|how-to|reference)\/)/.test(file) &&
    !file.endsWith("publish-the-package.md"),
);
/** What gets the package until it is on npm, in a clone. */
const packs = /^npm (?:pack --ignore-scripts=false(?: --pack-destination \S+)?)$/;

/** Throws if the command line does not take the arguments. */
async function parse(args: readonly string[]): Promise<void> {
  const said: string[] = [];
  const spy = vi.spyOn(console, "error").mockImplementation((text) => said.push(String(text)));
  try {
    await createProgram("", async () => {}).parseAsync(args, { from: "user" });
  } catch {
    throw new Error(`entra-gate ${args.join(" ")}: ${said.join("\n")}`);
  } finally {
    spy.mockRestore();
  }
}

/** @returns the call, if it is one of another program */
async function check([program = "", ...args]: readonly string[]): Promise<readonly string[]> {
  const line = [program, ...args].join(" ");
  if (program === "npx") {
    // npx itself has no option on the pages but `-y`.
    const [target = "", ...own] = args[0] === "-y" ? args.slice(1) : args;
    if (/^(?:entra-gate|file:\S+\.tgz)$/.test(target)) {
      await parse(own);
      return [];
    }
  }
  if (program === "npm") {
    const [command = "", script = ""] = args;
    const isOfProject = ["install", "ci", "test"].includes(command) || (command === "run" && script in newScripts);
    if (!isOfProject && !packs.test(line)) throw new Error(`${line} is no command of a project`);
    return [];
  }
  return ["curl", "git", "grep"].includes(program) ? [] : [line];
}

describe("the commands of pages for users", () => {
  const blocks = pages.flatMap(({ file, snippets }) =>
    snippets.filter(({ language }) => language === "sh").map(({ code, line }) => ({ file, code, line })),
  );
  /** Commands within sentences and tables, without those that leave something out. */
  const inline = pages.map(({ file, text }) => {
    const found = [...text.matchAll(/`((?:npx entra-gate|npm run) [^`…\n]+)`/g)]
      .map(([, command = ""]) => command)
      // A name alone stands for the command.
      .filter((command) => !/^npx entra-gate \w+$/.test(command));
    return { file, code: [...new Set(found)].join("\n").replaceAll("\\|", "|"), line: 0 };
  });

  it("are those that a project with the package has, and call other programs in this way", async () => {
    const others: string[] = [];
    const faults: string[] = [];
    for (const { file, code, line } of [...blocks, ...inline]) {
      try {
        for (const call of record(code)) others.push(...(await check(call)));
      } catch (error) {
        faults.push(`${file}:${line}: ${(error as Error).message}`);
      }
    }
    expect(faults).toEqual([]);
    const subject =
      '{\n  "name": "entra-gate",\n  "issuer": "https://api.contoso.com/.well-known/entra-gate/client",\n  "subject": "",\n';
    expect([...new Set(others)].sort()).toEqual([
      "az account get-access-token --tenant TENANT_ID --scope api://CLIENT_ID/access_as_user --query accessToken --output tsv",
      `az ad app federated-credential create --id  --parameters ${subject}  "audiences": ["api://AzureADTokenExchange"]\n}`,
      "az ad app federated-credential create --id 33333333-4444-5555-6666-777777777777 --parameters credential.json",
      "az ad app update --id CLIENT_ID --set groupMembershipClaims=SecurityGroup",
      "az ad group show --group Order approvers --query id",
      "az keyvault secret show --vault-name contoso --name orders-gate --query value --output tsv",
      "az login --tenant TENANT_ID --allow-no-subscriptions",
      "az rest --method GET --url /policies/policy?api-version=2024-05-01&format=xml --query properties.value --output tsv",
      "deno run --no-prompt --allow-net --allow-env --allow-read serve.ts",
      "deno serve --host 127.0.0.1 --no-prompt --allow-net --allow-env worker.ts",
      "docker compose up --build --detach",
      "go run main.go",
      "node -p 'k1:' + crypto.randomBytes(32).toString('base64url')",
      'node -p JSON.parse(fs.readFileSync("answer.json", "utf8")).access_token',
      "node client.mjs",
      "npx wrangler dev",
      "npx wrangler kv namespace create REVOCATIONS --binding REVOCATIONS --update-config",
      "npx wrangler rollback --env production",
      "npx wrangler rollback --env production VERSION",
      "npx wrangler secret delete ENTRA_CLIENT_CERTIFICATE_PREVIOUS --env production",
      "npx wrangler secret put ENTRA_CLIENT_CERTIFICATE --env production",
      "npx wrangler secret put ENTRA_CLIENT_KEY",
      "npx wrangler secret put GATE_SESSION_KEY",
      "npx wrangler secret put GATE_SIGNING_KEY",
      "npx wrangler tail --env production --format json",
      "npx wrangler versions deploy --env production",
      "npx wrangler versions deploy --env production NEW@10% OLD@90% --yes",
      "openssl rand 32",
      "openssl req -x509 -newkey rsa:3072 -noenc -days 180 -subj /CN=orders-gate -keyout key.pem -out cert.pem",
      "uvicorn app:app",
    ]);
  });
});
