import type { Git } from "../common/git.ts";
import { compatibilityDate, findUngatedAssets } from "../project/wrangler-config.ts";
import type { Variables } from "./answers.ts";
import type { Draft } from "./draft.ts";
import { editJson, type JsonChange } from "./edit/json.ts";
import { editToml, type TomlChanges, writeToml } from "./edit/toml.ts";
import { ignoreText } from "./files.ts";
import type { Project, WranglerFile } from "./project.ts";

/** Adds variables to Wrangler's configuration, and says what it does not change. */
export function planWrangler(
  draft: Draft,
  { wrangler }: Project,
  variables: Variables,
  top: Readonly<Record<string, string>> = {},
): void {
  if (wrangler === undefined) return;
  const { table, file } = wrangler;
  const { vars, env, compatibility_date: date } = table as Readonly<Record<string, object | string | undefined>>;
  const added = Object.entries(variables).filter(
    ([name]) => (vars as Record<string, unknown> | undefined)?.[name] === undefined,
  );
  planSettings(draft, wrangler, { top, vars: Object.fromEntries(added) });
  const environments = Object.keys(env ?? {});
  if (environments.length > 0) {
    draft.notes.push(
      `Environments do not inherit vars: add them to ${environments.map((each) => `env.${each}.vars`).join(", ")} of ${file} too.`,
    );
  }
  const assets = findUngatedAssets(table);
  if (assets !== undefined) {
    draft.notes.push(
      `Static assets${assets.directory === undefined ? "" : ` in ${assets.directory}`} stay public: Cloudflare serves them before the worker runs.`,
    );
  }
  if (typeof date === "string" && date < compatibilityDate) {
    draft.notes.push(
      `compatibility_date ${date} is older than ${compatibilityDate}, the oldest that entra-gate supports.`,
    );
  }
}

export function planSettings(draft: Draft, { file, text }: WranglerFile, changes: TomlChanges): void {
  const { top = {}, vars = {}, removed = [] } = changes;
  if (file.endsWith(".toml")) {
    const edited = editToml(text, changes);
    if (edited !== undefined) draft.write(file, edited);
    else
      draft.notes.push(
        `${file} has a form that init does not edit. Change it yourself: ${writeToml(changes).join("; ")}`,
      );
    return;
  }
  const edits: JsonChange[] = [
    ...removed.map((name) => ({ path: [name], value: undefined })),
    ...Object.entries(top).map(([name, value]) => ({ path: [name], value })),
    ...Object.entries(vars).map(([name, value]) => ({ path: ["vars", name], value })),
  ];
  draft.write(file, editJson(text, edits));
}

/** Puts the variables of a server into a file that Git ignores. */
export function planEnvironment(draft: Draft, variables: Variables, git: Git | undefined): void {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  draft.notes.push(
    "A deployment needs GATE_TLS_PROXY=true and GATE_URL=https://… behind a proxy that ends TLS, which only the proxy may then reach: " +
      "npx entra-gate docs how-to/run-behind-a-proxy. Without such a proxy, the server needs a certificate.",
  );
  if (draft.has(".env")) {
    draft.notes.push(`Add to .env, and to the environment of your server: ${lines.join(" ")}`);
    return;
  }
  draft.create(".env", `${lines.join("\n")}\n`);
  draft.notes.push(
    "The environment of your server needs the variables of .env. entra-gate dev replaces them by those of a local Entra.",
  );
  if (git === undefined || git.isIgnored(".env")) return;
  const ignored = draft.read(".gitignore");
  draft.write(".gitignore", ignored === undefined ? ignoreText : `${ignored.trimEnd()}\n.env\n`);
}
