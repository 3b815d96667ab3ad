import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../common/usage-error.ts";
import type { Variables } from "./answers.ts";
import { readPolicy } from "./apim.ts";
import type { Takeover } from "./apim-claims.ts";
import {
  compilerText,
  devVarsText,
  ignoreText,
  writeManifest,
  writeRoutes,
  writeTakenRoutes,
  writeTest,
  writeWorker,
  writeWrangler,
} from "./files.ts";
import { type Project, readText } from "./project.ts";

/** A file to write, and its text. */
export interface PlannedFile {
  readonly file: string;
  readonly text: string;
}

/** @throws UsageError if the source is unknown or cannot be read */
export function readSource([format, file]: readonly string[]): Takeover {
  if (format !== "apim" || file === undefined) throw new UsageError("--from must look like --from apim policy.xml");
  const text = readText(file);
  if (text === undefined) throw new UsageError(`--from apim ${file}: the file does not exist`);
  return readPolicy(text);
}

/** Variables of a policy. The requirement of every route is the default requirement too. */
export function listTaken({ variables, requirements }: Takeover): Variables {
  const lists = requirements.flatMap(({ scopes, anyScope }) => scopes ?? anyScope ?? []);
  const roles = requirements.flatMap(({ kind, roles: all, anyRole }) => (kind === "app" ? (all ?? anyRole ?? []) : []));
  return {
    ...variables,
    ...(lists.length > 0 && { ENTRA_REQUIRED_SCOPE: lists.join(" ") }),
    ...(roles.length > 0 && { ENTRA_REQUIRED_ROLE: roles.join(" ") }),
  };
}

/** @param name of the worker */
export function planFiles(
  project: Project,
  name: string,
  variables: Variables,
  takeover: Takeover | undefined,
): readonly PlannedFile[] {
  const { directory, isNew, main } = project;
  const worker = isNew || main === undefined || main === "src/worker.ts" ? "src/worker.ts" : "src/gate.ts";
  const [scope = "access_as_user"] = variables.ENTRA_REQUIRED_SCOPE?.split(/[\s,]+/) ?? [];
  const routes = takeover === undefined ? writeRoutes(scope) : writeTakenRoutes(takeover);
  const added = [
    { file: worker, text: writeWorker(takeover !== undefined) },
    { file: "src/routes.ts", text: routes },
    {
      file: "test/gate.test.ts",
      text: writeTest(worker.replace(/\.ts$/, ""), takeover === undefined ? scope : undefined),
    },
    { file: ".dev.vars", text: devVarsText },
    { file: ".gitignore", text: ignoreText },
  ];
  // These belong to the project: what is in them stays, and what is to be added is printed.
  const isKept = ({ file }: PlannedFile) =>
    /^\.(?:dev\.vars|gitignore)$/.test(file) && existsSync(path.join(directory, file));
  if (!isNew) return added.filter((each) => !isKept(each));
  return [
    { file: "package.json", text: writeManifest(name, `^${readOwnVersion()}`) },
    { file: "tsconfig.json", text: compilerText },
    { file: "wrangler.jsonc", text: writeWrangler(name, variables) },
    ...added,
  ];
}

/** From the manifest above this file, in the sources and in the package. */
function readOwnVersion(): string {
  let folder = import.meta.dirname;
  while (!existsSync(path.join(folder, "package.json"))) folder = path.dirname(folder);
  return JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")).version;
}
