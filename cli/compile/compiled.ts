import type { FieldType, Method, RequestSchemas } from "../../src/cli-exports/policy.ts";
import type { Security } from "./security.ts";

/** Bytes of the module of a document. A worker's bundle is smaller. */
export const moduleBytesMaximum = 32 * 1024 * 1024;

/** A part of a request that a schema describes. */
export type PartName = keyof RequestSchemas;

/** A part of the requests of an operation, and its validator. */
export interface CompiledPart {
  readonly part: PartName;
  /** Name of the validator in the module: `validate20`. */
  readonly validator: string;
  readonly bytes: number;
  /** The operation, as `GET /orders`. */
  readonly route: string;
  /** How text becomes values. */
  readonly fields?: Readonly<Record<string, FieldType>>;
  readonly optional?: true;
}

/** What requests of an operation must look like. */
export interface CompiledRequest {
  readonly parts: readonly CompiledPart[];
  /** Media types of the body; empty without a body. */
  readonly accepts: readonly string[];
}

/** One operation of a document, as a route. */
export interface CompiledRoute {
  readonly method: Method;
  readonly path: string;
  readonly security: Security;
  /** Name of the origin; absent for the one without a name. */
  readonly origin?: string;
  /** Absent unless requests are validated. */
  readonly request?: CompiledRequest;
}

/** A document without faults. */
export interface CompiledDocument {
  readonly title: string | undefined;
  readonly version: string | undefined;
  /** Operations that are left out, as `GET /orders/{id}`. */
  readonly skipped: readonly string[];
  /** Sorted by path and method. */
  readonly routes: readonly CompiledRoute[];
  /** Code of the validators; empty unless requests are validated. */
  readonly validators: string;
  /** Files of the document. */
  readonly files: readonly string[];
  /** Of their names and content. */
  readonly digest: string;
}
