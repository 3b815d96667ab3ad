/**
 * Loads a module of an optional peer dependency.
 *
 * @returns `undefined` if the package is not installed, or in a browser, which has no packages
 */
export function loadOptional<Module>(file: string): Module | undefined {
  if (typeof process === "undefined") return undefined;
  try {
    return process.getBuiltinModule("node:module").createRequire(import.meta.url)(file) as Module;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    return undefined;
  }
}
