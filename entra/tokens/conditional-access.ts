import type { SignIn } from "./sign-in.ts";

/** A policy of Conditional Access, for users and clients. */
export interface ConditionalAccessPolicy {
  /** Short name of the user; every user if absent. */
  readonly persona?: string;
  /** Client ID; every client if absent. */
  readonly client?: string;
  /**
   * `block` issues no token. `mfa` issues tokens only after multifactor authentication. `c1` to `c99` requires that
   * authentication context.
   */
  readonly control: "block" | "mfa" | `c${number}`;
}

/** What a sign-in does not satisfy. */
export type Unsatisfied = ConditionalAccessPolicy["control"] | undefined;

export interface ConditionalAccess {
  /** Replaces all policies. Throws RangeError for an unknown control. */
  set(policies: readonly ConditionalAccessPolicy[]): void;
  read(): readonly ConditionalAccessPolicy[];
  /** The controls of the policies that apply. */
  list(persona: string, clientId: string): readonly ConditionalAccessPolicy["control"][];
  /** Returns the first control that the sign-in does not satisfy. `block` comes first. */
  evaluate(persona: string, clientId: string, signIn: Pick<SignIn, "acrs" | "hasMultifactor">): Unsatisfied;
}

const control = /^(?:block|mfa|c[1-9]\d?)$/;

export function createConditionalAccess(): ConditionalAccess {
  let policies: readonly ConditionalAccessPolicy[] = [];

  function list(persona: string, clientId: string): readonly ConditionalAccessPolicy["control"][] {
    return policies
      .filter((policy) => (policy.persona ?? persona) === persona && (policy.client ?? clientId) === clientId)
      .map((policy) => policy.control);
  }

  return {
    list,
    set(next) {
      const unknown = next.find((policy) => !control.test(policy.control));
      if (unknown) throw new RangeError("control must be block, mfa, or an authentication context from c1 to c99");
      policies = next;
    },
    read: () => policies,
    evaluate(persona, clientId, { acrs, hasMultifactor }) {
      const controls = list(persona, clientId);
      if (controls.includes("block")) return "block";
      return controls.find((wanted) => (wanted === "mfa" ? !hasMultifactor : !acrs.includes(wanted)));
    },
  };
}
