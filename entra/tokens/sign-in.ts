import type { DirectoryTenant } from "../directory/model.ts";

/** Who signed in, where, and how. */
export interface SignIn {
  /** Tenant of the tokens. For a guest, it is not the user's own. */
  readonly tenant: DirectoryTenant;
  /** Short name of the user. */
  readonly persona: string;
  /** Authentication contexts that the user has satisfied. */
  readonly acrs: readonly string[];
  /** Whether the user has used multifactor authentication. */
  readonly hasMultifactor: boolean;
  /** Seconds since the epoch at which the user signed in. */
  readonly signedInAtSeconds: number;
  /** Number of revocations until then. Later ones apply to what the user got. */
  readonly epoch: number;
}
