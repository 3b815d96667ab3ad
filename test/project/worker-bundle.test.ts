import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleWorker } from "../support/bundle.ts";
import { startWorker } from "../support/worker-process.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "bundle-"));
});

afterAll(() => rm(directory, { recursive: true }));

it("reports the size and the inputs of a bundle", async () => {
  const { code, bytes, inputs } = await bundleWorker("cli/dev/origin/worker.ts");
  expect(bytes).toBe(Buffer.byteLength(code));
  expect(inputs).toContain("cli/dev/origin/echo.ts");
  expect((await bundleWorker("cli/dev/origin/worker.ts", { minify: true })).bytes).toBeLessThan(bytes);
});

it("leaves Node's modules to the runtime, even if a package names them without node:", async () => {
  await writeFile(path.join(directory, "old.cjs"), 'module.exports = require("path").posix.join("a", "b");');
  await writeFile(
    path.join(directory, "worker.ts"),
    `import { createHash } from "crypto";
     import joined from "./old.cjs";
     export default {
       fetch: () => new Response([joined, createHash("sha256").update("").digest("hex").slice(0, 8)].join(" ")),
     };`,
  );
  const { code } = await bundleWorker(path.join(directory, "worker.ts"));
  const worker = await startWorker({ name: "builtins", code, port: 0, vars: {} });
  expect(await (await fetch(worker.url)).text()).toBe("a/b e3b0c442");
  await worker.stop();
});
