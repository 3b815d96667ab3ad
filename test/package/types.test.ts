import { execFile } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const consumer = inject("consumer");
const compilers = {
  "TypeScript 5.7": path.join(root, "tools/toolchain/node_modules/typescript/bin/tsc"),
  "TypeScript 7": path.join(root, "node_modules/typescript/bin/tsc"),
} as const;
const resolutions = [
  { module: "esnext", moduleResolution: "bundler" },
  { module: "node16" },
  { module: "nodenext" },
] as const;

/** Type-checks a program of each entry as a consumer does. @returns what the compiler printed */
async function compile(compiler: keyof typeof compilers, options: object): Promise<string> {
  const folder = path.join(consumer, `types-${crypto.randomUUID()}`);
  mkdirSync(folder);
  cpSync(path.join(root, "test/support/package/programs"), path.join(folder, "programs"), { recursive: true });
  const compilerOptions = {
    noEmit: true,
    target: "es2022",
    lib: ["es2022", "dom", "dom.iterable"],
    types: [],
    strict: true,
    exactOptionalPropertyTypes: true,
    noPropertyAccessFromIndexSignature: true,
    noUncheckedIndexedAccess: true,
    ...options,
  };
  writeFileSync(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["programs"] }));
  try {
    return (await promisify(execFile)(process.execPath, [compilers[compiler]], { cwd: folder })).stdout;
  } catch (error) {
    const { stdout } = error as { readonly stdout: string };
    // A compiler that does not start prints nothing.
    if (stdout === "") throw error;
    return stdout;
  }
}

describe("a consumer's program of each entry", () => {
  // With `skipLibCheck`, a compiler reports only a part of these errors.
  const settings = resolutions.flatMap((resolution) => [
    ["TypeScript 7", { ...resolution, skipLibCheck: false }] as const,
    // Until TypeScript 5.8, both settings of Node mean the same.
    ...(resolution.module === "nodenext" ? [] : [["TypeScript 5.7", { ...resolution, skipLibCheck: false }] as const]),
  ]);

  it.each(settings)("compiles in %s with %j", async (compiler, options) => {
    expect(await compile(compiler, options)).toBe("");
  });

  it("is type-checked", async () => {
    expect(await compile("TypeScript 7", { ...resolutions[0], lib: ["es5"] })).toContain("programs/index.ts");
  });
});
