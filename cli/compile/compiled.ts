import type { Method } from "../../src/cli-exports/policy.ts";
import type { Security } from "./security.ts";

/** Bytes of the module of a document. A worker's bundle is smaller. */
export const moduleBytesMaximum = 32 * 1024 * 1024;

/** One operation of a document, as a route. */
export interface CompiledRoute {
  readonly method: Method;
  readonly path: string;
  readonly security: Security;
  /** Name of the origin; absent for the one without a name. */
  readonly origin?: string;
}

/** A document without faults. */
export interface CompiledDocument {
  readonly title: string | undefined;
  readonly version: string | undefined;
  /** Operations that are left out, as `GET /orders/{id}`. */
  readonly skipped: readonly string[];
  /** Sorted by path and method. */
  readonly routes: readonly CompiledRoute[];
  /** Files of the document. */
  readonly files: readonly string[];
  /** Of their names and content. */
  readonly digest: string;
}
