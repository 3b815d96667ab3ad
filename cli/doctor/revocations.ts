import { fail, limits, type Result, succeed } from "../../src/cli-exports/common.ts";
import { createReader } from "../../src/cli-exports/policy.ts";
import { findWritten, readDocument, readRevocationSource, readText } from "../../src/cli-exports/revocations.ts";
import { UsageError } from "../common/usage-error.ts";
import type { Settings } from "../project/settings.ts";
import { createWranglerStore } from "../revoke/stores.ts";
import { type Finding, findingsOf } from "./finding.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("revocations");

/** Above this share of a limit, the list will soon take no more rules. */
const shareMaximum = 0.8;

/** Checks the list of revocations: whether it can be read, its size, and its age. */
export async function examineRevocations({ code, settings, io }: DoctorSubject): Promise<readonly Finding[]> {
  if (code.options.revocations === undefined) return [];
  const source = readRevocationSource(createReader(code.environment ?? settings.environment));
  if (source === undefined) return [];
  const isInStore = "store" in source;
  const name = isInStore
    ? "the list in the KV namespace REVOCATIONS at Cloudflare"
    : "the list at GATE_REVOCATIONS_URL";
  if (io === undefined) return [skipped(`${name} was not read`)];
  let text: Result<string, string>;
  try {
    text = await (isInStore ? readStore(settings) : readText(io, source));
  } catch (error) {
    if (error instanceof UsageError) return [skipped(`${name} was not read. ${error.lines.join(" ")}`)];
    throw error;
  }
  const document = text.ok ? readDocument(text.value) : text;
  if (!text.ok || !document.ok) {
    const problem = document.ok ? "" : document.error;
    const way = isInStore ? "writes with --init --remote, if there is none" : "writes with --file";
    return [fault(`${name} ${problem}`, `a list that npx entra-gate revoke ${way}: the gate answers 503 without one`)];
  }
  const bytes = Buffer.byteLength(text.value);
  const { length } = document.value;
  const isFull = length > shareMaximum * limits.revocationRules || bytes > shareMaximum * limits.revocationsBytes;
  const size = `the list has ${length} of ${limits.revocationRules} rules and ${bytes} of ${limits.revocationsBytes} bytes`;
  const written = findWritten(text.value);
  const found = `${size}${written === undefined ? "" : `, written at ${written}`}`;
  return [
    isFull
      ? warning(found, "remove rules that have ended: npx entra-gate revoke does so with each change")
      : good(found),
  ];
}

/** @throws UsageError if Wrangler cannot read the list */
async function readStore(settings: Settings): Promise<Result<string, string>> {
  const text = await createWranglerStore(settings, "--remote").read();
  if (text === undefined) return fail("does not exist");
  const isBounded = Buffer.byteLength(text) <= limits.revocationsBytes;
  return isBounded ? succeed(text) : fail(`is larger than ${limits.revocationsBytes} bytes`);
}
