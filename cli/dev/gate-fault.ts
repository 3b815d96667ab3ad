import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { GateCode } from "../project/gate-code.ts";
import { readModule } from "../project/load-gate.ts";

/** Code that cannot be bundled, or a gate that does not start. The message is one line, with file and position. */
export class GateFault extends Error {}

interface BuildError {
  readonly text: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

/** Describes the first error that esbuild reports, in one line. */
export function describeBuild(errors: readonly BuildError[]): string {
  const [first] = errors;
  const { file, line, column } = first?.location ?? {};
  const place = file === undefined ? "" : `${file}:${line}:${Number(column) + 1}: `;
  return `${place}${oneLine(first?.text ?? "the code cannot be bundled")}`;
}

/**
 * Starts the bundle of a gate in Node, to read its routes and options, and to find out whether it starts.
 *
 * @param code with an inline source map
 * @returns `undefined` if the code does not show them: it needs modules of workerd, or is not a gate
 * @throws GateFault naming the line of the source
 */
export async function loadGate(code: string): Promise<GateCode | undefined> {
  process.setSourceMapsEnabled(true);
  const folder = await mkdtemp(path.join(tmpdir(), "entra-gate-dev-"));
  try {
    const file = path.join(folder, "gate.mjs");
    await writeFile(file, code);
    return readModule(await import(pathToFileURL(file).href));
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("ERR_")) return undefined;
    throw new GateFault(describeStart(error));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Returns the message with the position in the caller's own code. The library throws the errors of a route. */
function describeStart(error: unknown): string {
  if (!(error instanceof Error)) return oneLine(String(error));
  const frames = [...(error.stack ?? "").matchAll(/((?:src|dev|test)\/[^\s():]+\.ts):(\d+):(\d+)/g)];
  const [, file, line, column] = frames.find(([frame]) => /^src\/(?:routes|worker)\.ts/.test(frame)) ?? frames[0] ?? [];
  const place = file === undefined ? "" : `${file}:${line}:${column}: `;
  return `${place}${oneLine(error.message)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
