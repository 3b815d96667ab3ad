import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = path.resolve(import.meta.dirname, "../..");
const { dependencies } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
let directory: string;
let files: readonly string[];

/** The package as npm would publish it, installed in a project whose own package is CommonJS. */
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "package-"));
  const modules = path.join(directory, "node_modules");
  mkdirSync(path.join(modules, "entra-gate"), { recursive: true });
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], {
    cwd: root,
  });
  const { filename, files: listed } = readPacked(packed.toString());
  files = listed.map(({ path: file }) => file);
  execFileSync("tar", [
    "-xzf",
    path.join(directory, filename),
    "-C",
    path.join(modules, "entra-gate"),
    "--strip-components=1",
  ]);
  for (const name of Object.keys(dependencies)) {
    mkdirSync(path.dirname(path.join(modules, name)), { recursive: true });
    symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  }
  writeFileSync(path.join(directory, "package.json"), "{}");
  writeFileSync(
    path.join(directory, "worker.ts"),
    `import { App, createGate, origin, requireAuth } from "entra-gate";
     const middleware: readonly [ReturnType<typeof requireAuth>] = [requireAuth("orders.read")];
     export default createGate({ routes: new App().get("/orders", { middleware }, origin()) });`,
  );
  writeFileSync(
    path.join(directory, "wrangler.toml"),
    `main = "worker.ts"
     [vars]
     ENTRA_TENANT_ID = "11111111-2222-3333-4444-555555555555"
     ENTRA_API_AUDIENCE = "22222222-3333-4444-5555-666666666666"
     ENTRA_REQUIRED_SCOPE = "access_as_user"`,
  );
});
afterAll(() => rmSync(directory, { recursive: true }));

describe("the package", () => {
  it("has its command, its sources and its documents, and nothing of the workshop", () => {
    expect(files).toEqual(
      expect.arrayContaining(["bin/entra-gate.js", "src/index.ts", "docs/reference/reasons.md", "README.md"]),
    );
    expect(files.filter((file) => /^(?:test|dev|bench|scripts)\//.test(file))).toEqual([]);
  });

  it("runs where it is installed, and loads a worker that imports it", () => {
    const bin = path.join(directory, "node_modules/entra-gate/bin/entra-gate.js");
    const options = { cwd: directory, stdio: "pipe" } as const;
    const output = execFileSync(process.execPath, [bin, "doctor", "--offline"], options).toString();
    expect(output).toContain("GET /orders: a user with orders.read");
    expect(output).toContain("Faults: 0.");
  });
});

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** npm 7 to 11 print a list, npm 12 an object by name. */
function readPacked(text: string): Packed {
  const [packed] = Object.values<Packed>(JSON.parse(text));
  if (packed === undefined) throw new Error("npm packed nothing");
  return packed;
}
