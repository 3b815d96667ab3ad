import type { Io } from "../../io.ts";
import type { Keys } from "./keys.ts";

/** What `explain` takes from the world. */
export interface ExplainTools {
  readonly io: Io;
  /** Absent: the signature is not checked. */
  readonly keys: Keys | undefined;
  /** Shows claims although nobody vouches for them. */
  readonly unsafe?: boolean;
}
