// Generates the types of the client with which test/worker/workerd/openapi.test.ts calls the sample, with
// openapi-typescript. That package needs another TypeScript than this project, so it is downloaded for one run and is
// not a dependency.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { digestDocument, readDocument } from "../test/support/openapi/read-document.ts";
import { startStack } from "../test/support/stack.ts";

const target = path.resolve(import.meta.dirname, "../test/worker/openapi-client.d.ts");
const packages = ["openapi-typescript@7.13.0", "typescript@5.9.3"];

const stack = await startStack({ gateEntry: "test/gates/documented.ts", onGateLog: () => {} });
const folder = await mkdtemp(path.join(tmpdir(), "client-"));
try {
  const document = await readDocument(stack);
  const [input, output] = [path.join(folder, "openapi.json"), path.join(folder, "client.ts")];
  await writeFile(input, document);
  const wanted = packages.map((name) => `--package=${name}`);
  await promisify(execFile)("npm", ["exec", "--yes", ...wanted, "--", "openapi-typescript", input, "-o", output], {
    cwd: folder,
  });
  const head = `// Written by tools/write-client-types.ts with ${packages[0]}, of the document ${digestDocument(document)}\n`;
  await writeFile(target, head + (await readFile(output, "utf8")));
} finally {
  await stack.stop();
  await rm(folder, { recursive: true });
}
