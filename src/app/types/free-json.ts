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
