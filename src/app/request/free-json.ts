/** A body whose free parts are separated from the rest. */
export interface SeparatedBody {
  /** The body with `null` in place of each free part. */
  readonly strict: unknown;
  readonly free: readonly unknown[];
}

/** The parts of a JSON body on which no decision of the gate depends. Any JSON is allowed there. */
export interface FreeJson {
  /** Maximum of names and array items in all free parts together, if the app's own maximum is lower. */
  readonly namesMaximum: number;
  /** Maximum nesting of each, if the app's own maximum is lower. */
  readonly depthMaximum: number;
  /** Finds the free parts of a parsed body. */
  separate(body: unknown): SeparatedBody;
}

const freePartsOf = new WeakMap<object, FreeJson>();

/** Lets the bodies of a schema have free parts. */
export function withFreeJson<Schema extends object>(schema: Schema, free: FreeJson): Schema {
  freePartsOf.set(schema, free);
  return schema;
}

/** @returns `undefined` if the bodies of a schema have no free parts */
export function findFreeJson(schema: unknown): FreeJson | undefined {
  return freePartsOf.get(schema as object);
}
