import type { Method } from "../../src/app/types/definition.ts";
import type { Security } from "./security.ts";

/** One operation of a document, as a route. */
export interface CompiledRoute {
  readonly method: Method;
  readonly path: string;
  readonly security: Security;
}

/** A document without faults. */
export interface CompiledDocument {
  readonly title: string | undefined;
  readonly version: string | undefined;
  /** Sorted by path and method. */
  readonly routes: readonly CompiledRoute[];
  /** Files of the document. */
  readonly files: readonly string[];
  /** Of their names and content. */
  readonly digest: string;
}
