import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeCause, type Io, withDeadline } from "../../src/cli-exports/common.ts";
import { UsageError } from "../common/usage-error.ts";
import { createPolicy, type Policy, readRoutes } from "../decisions/policy.ts";
import { type Change, type ChangeKind, comparePolicies } from "../diff/compare.ts";
import { unnamedOrigin } from "../project/gate-code.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, warning, fault } = findingsOf("drift");

/** Enough for a server that has to start first. */
const fetchMilliseconds = 10_000;
/** As much as `compile` reads. */
const bytesMaximum = 32 * 1024 * 1024;

const offlineFix = "omit --offline, or name a file";
const unknownFix = "declare the requirement where the gate can read it; npx entra-gate diff shows the route";
const compileFix = "compile the document again, or correct it; npx entra-gate diff shows both";

/**
 * Compares the routes with an OpenAPI document, such as that of the origin. The user asks for it, so it is a fault if
 * nothing can be compared.
 *
 * @param place address or file of the document
 * @param scopes that users need where a plain bearer scheme has an empty list
 */
export async function examineDrift(
  subject: DoctorSubject,
  place: string,
  scopes?: readonly string[],
): Promise<readonly Finding[]> {
  const { code, io } = subject;
  if (code.problem !== undefined) {
    return [
      fault(
        `${place} was not compared, because the routes are unknown: ${code.problem}`,
        code.fix === undefined ? "omit --openapi" : `omit --openapi, or ${code.fix}`,
      ),
    ];
  }
  if (!/^https?:\/\//i.test(place)) return compareFile(subject, place, place, scopes);
  if (io === undefined) return [fault(`${place} was not compared, because --offline sends no request`, offlineFix)];
  const url = URL.parse(place);
  if (url === null) return [fault(`${place} is not a URL`, "https://origin.contoso.com/openapi.json")];
  const folder = mkdtempSync(path.join(tmpdir(), "entra-gate-openapi-"));
  try {
    const file = path.join(folder, /\.ya?ml$/i.test(url.pathname) ? "openapi.yaml" : "openapi.json");
    const problem = await download(io, place, file);
    if (problem !== undefined) return [fault(`${place}: ${problem}`, "the address of an OpenAPI document")];
    return await compareFile(subject, place, file, scopes);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns why there is no document */
async function download(io: Io, url: string, file: string): Promise<string | undefined> {
  try {
    const response = await withDeadline(io, fetchMilliseconds, io.fetch(new Request(url)));
    if (response === undefined) return `no answer in ${fetchMilliseconds / 1_000} s`;
    if (response.status !== 200) return `status ${response.status}`;
    const bytes = await withDeadline(io, fetchMilliseconds, readBytes(response));
    if (bytes === undefined) return `not complete in ${fetchMilliseconds / 1_000} s`;
    if (bytes === "too large") return "larger than 32 MB";
    writeFileSync(file, bytes);
    return undefined;
  } catch (error) {
    return describeCause(error);
  }
}

async function readBytes(response: Response): Promise<Uint8Array | "too large"> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > bytesMaximum) return "too large";
    parts.push(part);
  }
  return Buffer.concat(parts);
}

async function compareFile(
  { settings, code }: DoctorSubject,
  place: string,
  file: string,
  scopes: readonly string[] | undefined,
): Promise<readonly Finding[]> {
  const environment = code.environment ?? settings.environment;
  try {
    const { options } = await readRoutes(file, { environment, domains: new Map(), scopes });
    const { isTenantAllowed, revokedAtSeconds, revocations } = code.options;
    // A document does not say which tenants may call, which tokens are revoked, or what messages require by name.
    const decisions = {
      ...(isTenantAllowed && { isTenantAllowed }),
      ...(revokedAtSeconds && { revokedAtSeconds }),
      ...(revocations && { revocations }),
    };
    const described = createPolicy({ options: { ...options, ...decisions } }, environment);
    const gate = createPolicy(code, environment);
    const namesOrigins = described.table.routes.some(({ origin }) => origin !== unnamedOrigin);
    const document: Policy = {
      ...described,
      table: { ...described.table, names: gate.table.names ?? [] },
      ...(!namesOrigins && { hasOrigins: false }),
    };
    const findings = [
      ...examineMode(place, gate),
      ...comparePolicies(document, gate).flatMap((change) => judge(change, gate)),
    ];
    return findings.length > 0 ? findings : [good(`${place}: the gate admits the callers that the document names`)];
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return [
      fault(`${place}: ${error.message.replaceAll(file, place)}`, "a document that npx entra-gate compile reads"),
    ];
  }
}

/** Both sides are compared in the mode of the variables. A document has no such mode. */
function examineMode(place: string, { settings }: Policy): readonly Finding[] {
  if (settings.mode !== "report") return [];
  const text = `${place}: GATE_MODE=report admits callers whom the document refuses`;
  return [fault(text, "set GATE_MODE=enforce, or remove it, when the log reports no client that you want to serve")];
}

/** The document does not say what happens to requests that it does not describe. */
function judge({ kind, request, before, after, refused }: Change, { table }: Policy): readonly Finding[] {
  const isDescribed = before.route.includes(" ");
  // Middleware of Hono may answer any request, without a route.
  if (!isDescribed && !table.routes.some(({ name }) => name === after.route)) return [];
  if (!isDescribed) return [warning(`${request}: the document does not describe the route`, compileFix)];
  const texts = `the document says ${before.callers}, and the gate ${after.callers}`;
  const origins = `the document says ${before.origin}, and the gate ${after.origin}`;
  return [
    ...(kind === "elsewhere" && refused === undefined ? [] : [judgeCallers(kind, request, texts)]),
    // Both sides have an origin if it differs.
    ...(before.origin && after.origin
      ? [fault(`${request}: the gate forwards to another origin: ${origins}`, compileFix)]
      : []),
  ];
}

function judgeCallers(kind: ChangeKind, request: string, texts: string): Finding {
  if (kind === "unknown") return fault(`${request}: the gate may admit more callers: ${texts}`, unknownFix);
  if (kind === "open" || kind === "weaker") {
    return fault(`${request}: the gate admits more callers: ${texts}`, compileFix);
  }
  return warning(`${request}: the gate admits fewer callers: ${texts}`, compileFix);
}
