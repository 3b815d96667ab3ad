import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import { readInput } from "../common/input-file.ts";
import type { GateCode } from "../project/gate-code.ts";
import { loadCode } from "../project/load-gate.ts";

/** The package whose server does not start while the routes are read. */
const serverPackage = "@hono/node-server";
const importsServer = /\bfrom\s*["']@hono\/node-server["']/;
const exportsApp = /^export\b.*\bapp\b/m;

/** Whether a file starts a server that can be left out to read the routes of its app. */
export function startsServer(file: string): boolean {
  return importsServer.test(readInput(file));
}

/**
 * Reads what the code of a program decides that serves its app by `@hono/node-server`. It runs the module scope of the
 * program, but no server starts.
 *
 * @param file absolute path of the module that a script starts
 */
export function loadServerCode(file: string): Promise<GateCode> {
  return loadCode(file, async () => {
    const url = pathToFileURL(file).href;
    const hooks = registerHooks({
      resolve(specifier, context, next) {
        if (specifier !== serverPackage) return next(specifier, context);
        return { url: "data:text/javascript,export const serve = () => {};", shortCircuit: true };
      },
      load(loading, context, next) {
        const loaded = next(loading, context);
        if (loading !== url || loaded.source === undefined) return loaded;
        const text = typeof loaded.source === "string" ? loaded.source : new TextDecoder().decode(loaded.source);
        return { ...loaded, source: exportServed(text) };
      },
    });
    try {
      return await import(url);
    } finally {
      hooks.deregister();
    }
  });
}

/** Exports the app of `serve({ fetch: app.fetch })` or `serve(app)`, which a program only serves. */
function exportServed(text: string): string {
  const [, call = ""] = text.split(/\bserve\(/);
  const [, name] = /\b(\w+)\.fetch\b/.exec(call) ?? /^\s*(\w+)\b/.exec(call) ?? [];
  return name === undefined || exportsApp.test(text) ? text : `${text}\nexport { ${name} as app };\n`;
}
