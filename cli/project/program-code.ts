import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { Environment } from "../../src/cli-exports/policy.ts";
import { readImportMap } from "./import-map.ts";
import { serverPackage } from "./program.ts";
import { parseScript } from "./script.ts";
import { isDeclared } from "./served-name.ts";

type Module = Readonly<Record<string, unknown>>;

const exportsApp = /^export\b.*\bapp\b/m;

/**
 * Loads the module of a program in Node. Its module scope runs, but `serve` of `@hono/node-server` and `Deno.serve`
 * start no server. Names of packages are read as Deno reads them.
 *
 * @param file absolute path
 * @param environment variables of `.env`, which the program has when its script starts it
 * @param load imports the module
 */
export async function runWithoutServer(
  file: string,
  environment: Environment,
  load: (url: string) => Promise<Module>,
): Promise<Module> {
  const { href } = pathToFileURL(file);
  const resolveName = readImportMap(file);
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const name = resolveName(specifier, context.parentURL);
      if (name !== serverPackage) return next(name, context);
      return { url: "data:text/javascript,export const serve = () => {};", shortCircuit: true };
    },
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== href || loaded.source === undefined) return loaded;
      const text = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
      return { ...loaded, source: exportServed(text) };
    },
  });
  const texts = Object.entries(environment).filter(([, value]) => typeof value === "string");
  const own = process.env;
  process.env = { ...Object.fromEntries(texts as [string, string][]), ...own };
  const platform = globalThis as { Deno?: unknown };
  const { Deno: ownDeno } = platform;
  platform.Deno = ownDeno ?? createDeno();
  try {
    return await load(href);
  } finally {
    hooks.deregister();
    process.env = own;
    if (ownDeno === undefined) delete platform.Deno;
  }
}

/** The parts of Deno that programs use before they serve requests. */
function createDeno(): object {
  const env = {
    get: (name: string) => process.env[name],
    has: (name: string) => name in process.env,
    toObject: () => ({ ...process.env }),
  };
  return { env, args: [], serve() {} };
}

/**
 * Exports the app of `serve({ fetch: app.fetch })` or `serve(app)`, which a program only serves, if the module declares
 * it.
 */
function exportServed(text: string): string {
  const [, call = ""] = text.split(/\bserve\(/);
  const [, name] = /\b(\w+)\.fetch\b/.exec(call) ?? /^\s*(\w+)\b/.exec(call) ?? [];
  if (name === undefined || exportsApp.test(text)) return text;
  const { program } = parseScript(text) ?? {};
  return program && isDeclared(program, name) ? `${text}\nexport { ${name} as app };\n` : text;
}
