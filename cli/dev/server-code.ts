import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { Environment } from "../../src/config/variables.ts";
import { readInput } from "../common/input-file.ts";
import type { GateCode } from "../project/gate-code.ts";
import { loadCode } from "../project/load-gate.ts";

/** The package whose server does not start while the routes are read. Deno's own does not either. */
const serverPackage = "@hono/node-server";
const startsOne = /\bfrom\s*["'](?:npm:)?@hono\/node-server\b|\bDeno\.serve\(/;
const exportsApp = /^export\b.*\bapp\b/m;

/** Whether a file starts a server that can be left out to read the routes of its app. */
export function startsServer(file: string): boolean {
  return startsOne.test(readInput(file));
}

/**
 * Reads what the code of a program decides that serves its app by `@hono/node-server` or `Deno.serve`. It runs the module scope of
 * the program, but no server starts.
 *
 * @param file absolute path of the module that a script starts
 * @param environment variables of `.env`, which the program has when the script starts it
 */
export function loadServerCode(file: string, environment: Environment): Promise<GateCode> {
  return loadCode(file, async () => {
    const url = pathToFileURL(file).href;
    const hooks = registerHooks({
      resolve(specifier, context, next) {
        const name = specifier.replace(npmSpecifier, "$1$2");
        if (name !== serverPackage) return next(name, context);
        return { url: "data:text/javascript,export const serve = () => {};", shortCircuit: true };
      },
      load(loading, context, next) {
        const loaded = next(loading, context);
        if (loading !== url || loaded.source === undefined) return loaded;
        const text = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
        return { ...loaded, source: exportServed(text) };
      },
    });
    const texts = Object.entries(environment).filter(([, value]) => typeof value === "string");
    const before = { ...process.env };
    process.env = { ...Object.fromEntries(texts as [string, string][]), ...before };
    const platform = globalThis as { Deno?: unknown };
    const { Deno: ownDeno } = platform;
    platform.Deno = ownDeno ?? createDeno();
    try {
      return await import(url);
    } finally {
      hooks.deregister();
      process.env = before;
      if (ownDeno === undefined) delete platform.Deno;
    }
  });
}

/** `npm:hono@4/cors`, as Deno imports a package that Node finds in `node_modules`. */
const npmSpecifier = /^npm:\/?((?:@[^/@]+\/)?[^/@]+)(?:@[^/]*)?(\/.*)?$/;

/** The parts of Deno that programs use before they serve requests. */
function createDeno(): object {
  const env = {
    get: (name: string) => process.env[name],
    has: (name: string) => name in process.env,
    toObject: () => ({ ...process.env }),
  };
  return { env, args: [], serve() {} };
}

/** Exports the app of `serve({ fetch: app.fetch })` or `serve(app)`, which a program only serves. */
function exportServed(text: string): string {
  const [, call = ""] = text.split(/\bserve\(/);
  const [, name] = /\b(\w+)\.fetch\b/.exec(call) ?? /^\s*(\w+)\b/.exec(call) ?? [];
  return name === undefined || exportsApp.test(text) ? text : `${text}\nexport { ${name} as app };\n`;
}
