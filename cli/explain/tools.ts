import type { Io, Result } from "../../src/cli-exports/common.ts";
import type { PolicyRule } from "../decisions/rule.ts";
import type { Keys } from "./keys.ts";

/** Inputs of `explain` from outside. */
export interface ExplainTools {
  readonly io: Io;
  /** If absent, the signature is not checked. */
  readonly keys: Keys | undefined;
  /** The list of revocations, or why it cannot be read; absent if it is in KV. */
  readonly list?: Result<string, string> | undefined;
  /** Rules that the request could break. */
  readonly rules?: { readonly file: string; readonly all: readonly PolicyRule[] } | undefined;
  /** Whether to show claims of an unverified token. */
  readonly unsafe?: boolean;
}
