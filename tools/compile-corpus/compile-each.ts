// A child process of `tools/compile-corpus.ts`: compiles one document for each message.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readApi } from "../../cli/compile/authority.ts";
import { compileDocument } from "../../cli/compile/document.ts";
import { writeRoutes } from "../../cli/compile/write-routes.ts";
import { corpusVariables, requireScope } from "./documents.ts";

/** How a document is compiled. */
export type Way = "as it is" | "secured";

/**
 * A document. Unless it is compiled as it is, every operation gets the same requirement, so that most documents
 * compile.
 */
export interface Task {
  readonly file: string;
  readonly way: Way;
}

export interface Outcome {
  readonly result: "compiled" | "refused";
  /** Problems of the faults, each once. */
  readonly problems: readonly string[];
  readonly routes: number;
  readonly ms: number;
}

process.on("message", ({ file, way }: Task) => {
  const started = performance.now();
  const outcome = way === "as it is" ? compileFile(file) : compileSecured(file);
  process.send?.({ ...outcome, ms: performance.now() - started } satisfies Outcome);
});

function compileFile(file: string): Omit<Outcome, "ms"> {
  const compiled = compileDocument(path.dirname(file), path.basename(file), {
    api: readApi(corpusVariables),
    open: [],
    originChecks: [],
    domains: new Map(),
  });
  if ("faults" in compiled) {
    return { result: "refused", problems: [...new Set(compiled.faults.map(({ problem }) => problem))], routes: 0 };
  }
  const text = writeRoutes(compiled.document);
  return text === undefined
    ? { result: "refused", problems: ["has requirements that need more than 32 MB"], routes: 0 }
    : { result: "compiled", problems: [], routes: compiled.document.routes.length };
}

function compileSecured(file: string): Omit<Outcome, "ms"> {
  const folder = mkdtempSync(path.join(tmpdir(), "compile-corpus-"));
  try {
    const copy = path.join(folder, "openapi.json");
    writeFileSync(copy, JSON.stringify(requireScope(JSON.parse(readFileSync(file, "utf8")))));
    return compileFile(copy);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
