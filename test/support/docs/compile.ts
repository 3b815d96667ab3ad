import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { type Page, root, type Snippet } from "./pages.ts";

/** Modules that a page's program imports, and that npm does not install here. */
const foreign = `
declare module "@daloyjs/core" {
  export interface AppState {}
  export const App: any, every: any, rateLimit: any, secureHeaders: any;
}
declare module "@daloyjs/core/cloudflare" { export const toFetchHandler: any; }
declare const Bun: any, Deno: any;
`;
const defaultRoutes = `import { App } from "entra-gate";
export const routes = new App({ title: "Orders", version: "1.0.0" });`;

/**
 * Compiles the TypeScript of pages, each program with the gate's index and the last routes that its page declares.
 *
 * @returns errors of the compiler, by page and line
 */
export async function compileSnippets(pages: readonly Page[]): Promise<readonly string[]> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "entra-gate-snippets-"));
  try {
    const places = pages.flatMap((page) => writePrograms(directory, page));
    writeFileSync(path.join(directory, "foreign.d.ts"), foreign);
    symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"));
    writeFileSync(path.join(directory, "tsconfig.json"), JSON.stringify(configure(directory)));
    const output = await runCompiler(directory);
    return output
      .split("\n")
      .filter((line) => line.includes("error TS"))
      .map((line) => places.reduce((text, [folder, place]) => text.replace(`${folder}/snippet.ts`, place), line));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function writePrograms(directory: string, { file, snippets }: Page): readonly (readonly [string, string])[] {
  let routes = defaultRoutes;
  return snippets
    .filter(({ language }) => language === "ts")
    .map(({ code, line }: Snippet) => {
      const folder = `${file.replaceAll(/\W/g, "-")}-${line}`;
      const place = path.join(directory, folder);
      mkdirSync(path.join(place, "src"), { recursive: true });
      writeFileSync(path.join(place, "snippet.ts"), code.replaceAll('"../src/', '"./src/'));
      writeFileSync(path.join(place, "src/worker.ts"), `export { default } from "${root}/src/worker.ts";`);
      writeFileSync(path.join(place, "worker.ts"), `export { default } from "${root}/src/worker.ts";`);
      for (const name of ["routes.ts", "routes.openapi.ts"]) writeFileSync(path.join(place, name), routes);
      if (code.includes("export const routes")) routes = code;
      return [folder, `${file}:${line}`] as const;
    });
}

function configure(directory: string): object {
  return {
    extends: path.join(root, "tsconfig.json"),
    compilerOptions: {
      types: [path.join(root, "worker-types.d.ts"), "node"],
      noUnusedLocals: false,
      // Other packages have no types here.
      noImplicitAny: false,
    },
    include: [directory],
    exclude: [],
  };
}

async function runCompiler(directory: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)("tsc", ["-p", directory, "--pretty", "false"], {
      cwd: directory,
      env: { ...process.env, PATH: `${path.join(root, "node_modules/.bin")}${path.delimiter}${process.env.PATH}` },
      shell: process.platform === "win32",
    });
    return stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
