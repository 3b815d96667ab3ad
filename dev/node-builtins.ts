import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

const requireNamespace = "node-builtin-require";
const names = builtinModules.filter((name) => !name.startsWith("node:") && !name.startsWith("_"));
const pattern = new RegExp(`^(node:)?(${names.join("|")})$`);

/**
 * Leaves Node's own modules to the runtime, also where a package names one without `node:` or asks for it with
 * `require`, which a module of workerd does not have.
 */
export const nodeBuiltins: Plugin = {
  name: "node-builtins",
  setup(build) {
    build.onResolve({ filter: pattern }, ({ path, kind }) => {
      const name = path.startsWith("node:") ? path : `node:${path}`;
      return kind === "require-call" ? { path: name, namespace: requireNamespace } : { path: name, external: true };
    });
    build.onLoad({ filter: /.*/, namespace: requireNamespace }, ({ path }) => ({
      contents: `import builtin from "${path}"; module.exports = builtin;`,
    }));
  },
};
