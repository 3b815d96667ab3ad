import { describeCause, nameNetworkError } from "../../base/common/cause.ts";
import { type Io, withDeadline } from "../../base/common/io.ts";
import * as limits from "../../base/common/limits.ts";
import { fail, type Result, succeed } from "../../base/common/result.ts";
import { readBounded } from "../../base/http/bounded-body.ts";
import { readSecret } from "../../core/config/secret.ts";
import type { Secret } from "../../core/config/variables.ts";
import { documentKey } from "./document.ts";

/** The part of a KV namespace that is used. */
export interface RevocationStore {
  get(
    key: string,
    options: { readonly type: "stream"; readonly cacheTtl: number },
  ): Promise<ReadableStream<Uint8Array> | null>;
}

/** Where the document is. */
export type RevocationSource = { readonly store: RevocationStore } | { readonly url: string; readonly token: Secret };

/** The text of the document, or why there is none, as a predicate about the document. */
export type DocumentText = Result<string, string>;

/** Reads the document within its size and its time. Never throws. */
export async function readText(io: Pick<Io, "fetch" | "after">, source: RevocationSource): Promise<DocumentText> {
  const controller = new AbortController();
  try {
    const work = "store" in source ? readStore(source.store) : fetchText(io, source, controller.signal);
    const text = await withDeadline(io, limits.revocationsWaitMilliseconds, work);
    return text ?? fail("was not read in time");
  } catch (cause) {
    return fail(`cannot be read: ${"store" in source ? describeCause(cause) : nameNetworkError(cause)}`);
  } finally {
    controller.abort();
  }
}

async function readStore(store: RevocationStore): Promise<DocumentText> {
  const body = await store.get(documentKey, { type: "stream", cacheTtl: limits.revocationsCacheSeconds });
  return body === null
    ? fail(
        "does not exist. Write an empty one with: npx entra-gate revoke --init --remote, or --local for wrangler dev",
      )
    : readBody(body);
}

async function fetchText(
  io: Pick<Io, "fetch" | "after">,
  { url, token }: Extract<RevocationSource, { readonly url: string }>,
  signal: AbortSignal,
): Promise<DocumentText> {
  const secret = await readSecret(io, token);
  if (secret === undefined) return fail("cannot be fetched without GATE_REVOCATIONS_TOKEN, whose store fails");
  const headers = { accept: "application/json", authorization: `Bearer ${secret}` };
  const response = await io.fetch(url, { redirect: "manual", headers, signal });
  if (response.status === 200) return readBody(response.body);
  // An unread body would keep its connection open.
  response.body?.cancel().catch(() => {});
  return fail(`cannot be fetched: status ${response.status}`);
}

async function readBody(body: ReadableStream<Uint8Array> | null): Promise<DocumentText> {
  const text = await readBounded(body, limits.revocationsBytes);
  return text === undefined ? fail(`is empty, or larger than ${limits.revocationsBytes} bytes`) : succeed(text);
}
