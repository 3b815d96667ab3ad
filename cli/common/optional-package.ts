import { createRequire } from "node:module";

/**
 * Loads a module of an optional peer dependency.
 *
 * @returns `undefined` if the package is not installed
 */
export function loadOptional<Module>(file: string): Module | undefined {
  try {
    return createRequire(import.meta.url)(file) as Module;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    return undefined;
  }
}
