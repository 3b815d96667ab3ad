import { readFileSync } from "node:fs";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readApi } from "../../cli/compile/authority.ts";
import { compileDocument } from "../../cli/compile/document.ts";
import type { Members } from "../../cli/compile/fault.ts";
import { isRecord } from "../../src/cli-exports/text.ts";
import { corpusVariables } from "./documents.ts";
import { linesOf } from "./lines.ts";

const corpus = path.resolve(import.meta.dirname, "../../test/cli/compile/corpus");

/** What CI expects of a committed excerpt. */
export interface Expectation {
  readonly public?: readonly string[];
  readonly lines: readonly string[];
}

/** @returns the expectation of each excerpt, by its name */
export function readExpectations(): readonly (readonly [name: string, expectation: Expectation])[] {
  return Object.entries(readJson(path.join(corpus, "expected.json")) as Readonly<Record<string, Expectation>>);
}

/**
 * Compares an excerpt with its whole document, and what CI expects of it with the result of the whole document.
 *
 * @param documents folder of the package
 * @returns what differs
 */
export function findDifference(name: string, expectation: Expectation, documents: string): string | undefined {
  const file = path.join(documents, name.replaceAll("+", "/"));
  const excerpt = readJson(path.join(corpus, name));
  const paths = Object.keys(isRecord(excerpt.paths) ? excerpt.paths : {});
  if (!isDeepStrictEqual(cutExcerpt(readJson(file), paths), excerpt)) return "is not an excerpt of the document";
  const compiled = compileDocument(path.dirname(file), path.basename(file), {
    api: readApi(corpusVariables),
    open: expectation.public ?? [],
    originChecks: [],
    domains: new Map(),
  });
  // The names of the files differ.
  const whole = new Set(linesOf(compiled).map((line) => line.replace(/^.*?#/, "#")));
  const missing = expectation.lines.find((line) => !whole.has(line.replace(/^.*?#/, "#")));
  return missing && `the whole document does not have: ${missing}`;
}

/** Members of an operation that an excerpt keeps. */
const kept = new Set(["operationId", "security", "deprecated"]);

/** Cuts a document down to some paths, without parameters, bodies and responses. */
function cutExcerpt(document: Members, paths: readonly string[]): Members {
  const { openapi, info, servers, security } = document;
  const { title, version, license } = isRecord(info) ? info : ({} as Members);
  const { securitySchemes } = isRecord(document.components) ? document.components : ({} as Members);
  const items = isRecord(document.paths) ? document.paths : {};
  return {
    openapi,
    info: { title, version, ...(license !== undefined && { license }) },
    ...(servers !== undefined && { servers }),
    ...(security !== undefined && { security }),
    paths: Object.fromEntries(paths.map((name) => [name, cutItem(items[name])])),
    ...(securitySchemes !== undefined && { components: { securitySchemes } }),
  };
}

function cutItem(item: unknown): Members {
  const operations = isRecord(item) ? Object.entries(item) : [];
  return Object.fromEntries(
    operations.flatMap(([name, operation]) =>
      isRecord(operation)
        ? [[name, Object.fromEntries(Object.entries(operation).filter(([member]) => kept.has(member)))]]
        : [],
    ),
  );
}

function readJson(file: string): Members {
  return JSON.parse(readFileSync(file, "utf8")) as Members;
}
