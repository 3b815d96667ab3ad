import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";

/** Where the reports are committed. */
export const reportsFolder = import.meta.dirname;

const { Extractor, ExtractorConfig } = createRequire(import.meta.url)("@microsoft/api-extractor");

/**
 * Reports the public interface of each entry of the package, with the types that it refers to. A change of the
 * interface changes a report.
 *
 * @param folder package that is built, or installed
 * @returns the text of each report by its file, in the order of `exports` in package.json
 */
export function reportEntries(folder: string): ReadonlyMap<string, string> {
  const { exports } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
    readonly exports: Readonly<Record<string, { readonly types: string } | string>>;
  };
  const entries = Object.entries(exports).flatMap(([name, target]) =>
    typeof target === "object" ? [[name, target.types] as const] : [],
  );
  const output = mkdtempSync(path.join(tmpdir(), "entra-gate-api-"));
  try {
    return new Map(
      entries.map(([name, declarations]) => {
        const file = name === "." ? "entra-gate.api.md" : `${name.slice(2).replaceAll("/", "-")}.api.md`;
        return [file, report(folder, declarations, { output, file })];
      }),
    );
  } finally {
    rmSync(output, { recursive: true });
  }
}

function report(
  folder: string,
  declarations: string,
  { output, file }: { readonly output: string; readonly file: string },
): string {
  const entry = path.join(folder, declarations);
  mkdirSync(path.join(output, "temporary"), { recursive: true });
  // Of the globals that the declarations use, `webworker` has the fewest others: a global makes the report rename a
  // type.
  const compilerOptions = {
    ...{ target: "es2024", module: "nodenext", moduleResolution: "nodenext", skipLibCheck: true, strict: true },
    ...{ lib: ["es2024", "webworker", "webworker.iterable"], types: [] },
  };
  // test/project/public-types.test.ts checks texts and exports, across entries. The extractor knows one entry at a
  // time.
  const silent = { default: { logLevel: "none" } };
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: entry,
      compiler: { overrideTsconfig: { compilerOptions, files: [entry] } },
      apiReport: {
        ...{ enabled: true, includeForgottenExports: true, reportFileName: file },
        ...{ reportFolder: output, reportTempFolder: path.join(output, "temporary") },
      },
      ...{ docModel: { enabled: false }, dtsRollup: { enabled: false }, tsdocMetadata: { enabled: false } },
      newlineKind: "lf",
      messages: { compilerMessageReporting: silent, extractorMessageReporting: silent, tsdocMessageReporting: silent },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(folder, "package.json"),
  });
  const messageCallback = (message: { logLevel: string }) => {
    if (message.logLevel !== "error") message.logLevel = "none";
  };
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback });
  if (!succeeded) throw new Error(`API Extractor found an error in ${declarations}`);
  return readFileSync(path.join(output, file), "utf8");
}
