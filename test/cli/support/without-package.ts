import { createRequire } from "node:module";
import { vi } from "vitest";

/** Does something as if a package were not installed. */
export async function withoutPackage<T>(name: string, work: () => Promise<T>): Promise<T> {
  const modules: { _load(file: string, ...others: unknown[]): unknown } = createRequire(import.meta.url)("node:module");
  const load = modules._load;
  const loading = vi.spyOn(modules, "_load").mockImplementation((file, ...others) => {
    if (file === name) throw Object.assign(new Error("missing"), { code: "MODULE_NOT_FOUND" });
    return load.call(modules, file, ...others);
  });
  try {
    return await work();
  } finally {
    loading.mockRestore();
  }
}
