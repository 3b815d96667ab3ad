import path from "node:path";
import { load, YAMLException } from "js-yaml";
import { DirectoryError, type DirectoryFault } from "../../entra/directory/checks.ts";
import type { DirectoryConfig } from "../../entra/directory/config.ts";
import { createDirectory } from "../../entra/directory/create-directory.ts";
import type { Directory } from "../../entra/directory/model.ts";
import { describeCause } from "../../src/cli-exports/common.ts";
import { readInput, readRegularFile } from "../common/input-file.ts";
import { UsageError } from "../common/usage-error.ts";
import { findPlaces } from "../common/yaml-places.ts";

const depthMaximum = 50;
const aliasesMaximum = 1_000;
/** All certificates together. One has about 2 KB. */
const certificateBytes = 4 * 1024 * 1024;

/**
 * Reads the configuration of a local Entra, in YAML or JSON.
 *
 * @throws UsageError with all faults, each with its line and column
 */
export function readConfigFile(file: string): Directory {
  const text = readInput(file);
  const faults: DirectoryFault[] = [];
  const config = readCertificates(parse(file, text), path.dirname(file), faults);
  try {
    const directory = createDirectory(config);
    if (faults.length === 0) return directory;
  } catch (error) {
    if (!(error instanceof DirectoryError)) throw error;
    faults.push(...error.faults);
  }
  throw new UsageError(...formatFaults(file, text, faults));
}

/** An empty file is an empty configuration. */
function parse(file: string, text: string): unknown {
  try {
    return load(text, { maxDepth: depthMaximum, maxAliases: aliasesMaximum }) ?? {};
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const place = error.mark === undefined ? "" : `:${error.mark.line + 1}:${error.mark.column + 1}`;
    throw new UsageError(`${file}${place}: is not YAML: ${error.reason}`);
  }
}

/**
 * Replaces the paths of certificates by their contents. A value of a wrong type stays, for the check of the
 * configuration.
 */
function readCertificates(value: unknown, folder: string, faults: DirectoryFault[]): DirectoryConfig {
  const config = value as DirectoryConfig;
  let bytesLeft = certificateBytes;
  for (const [name, app] of Object.entries(config.apps ?? {})) {
    const certificates: unknown = app?.certificates;
    if (!Array.isArray(certificates)) continue;
    for (const [index, certificate] of certificates.entries()) {
      if (typeof certificate !== "string" || certificate.trimStart().startsWith("-----BEGIN")) continue;
      try {
        const bytes = readRegularFile(path.resolve(folder, certificate), bytesLeft);
        bytesLeft -= bytes.length;
        certificates[index] = bytes.toString("utf8");
      } catch (error) {
        faults.push({
          path: ["apps", name, "certificates", index],
          message: `must be a certificate in PEM, or a file that has one: ${describeCause(error)}`,
        });
        certificates.splice(index, 1, unreadable);
      }
    }
  }
  return config;
}

/** In place of a certificate whose fault is known. */
const unreadable = "-----BEGIN CERTIFICATE-----";

/** One line for each fault, in the order of the file. */
function formatFaults(file: string, text: string, faults: readonly DirectoryFault[]): readonly string[] {
  const placeOf = findPlaces(text);
  const found = faults.map(({ path: names, message }) => ({ ...placeOf(names), names, message }));
  found.sort((one, other) => one.line - other.line || one.column - other.column);
  const lines = found.map(
    ({ line, column, names, message }) =>
      `  ${file}:${line}:${column} ${names.length === 0 ? "the file" : names.join(".")}: ${message}`,
  );
  return [`the configuration has ${found.length} ${found.length === 1 ? "fault" : "faults"}:`, ...lines];
}
