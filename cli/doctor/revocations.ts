import { limits } from "../../src/tools/common.ts";
import { createReader } from "../../src/tools/policy.ts";
import { findWritten, readDocument, readRevocationSource, readText } from "../../src/tools/revocations.ts";
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
  if ("store" in source)
    return [
      good("the list is in the KV namespace REVOCATIONS"),
      skipped("it was not read: npx entra-gate revoke --list --remote shows its rules, size and age"),
    ];
  if (io === undefined) return [skipped("the list at GATE_REVOCATIONS_URL was not fetched")];
  const text = await readText(io, source);
  const document = text.ok ? readDocument(text.value) : text;
  if (!text.ok || !document.ok) {
    const problem = document.ok ? "" : document.error;
    return [
      fault(
        `the list at GATE_REVOCATIONS_URL ${problem}`,
        "a list that npx entra-gate revoke --file writes: the gate answers 503 without one",
      ),
    ];
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
