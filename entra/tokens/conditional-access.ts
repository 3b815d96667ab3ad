import type { ConditionalAccessConfig } from "../directory/config.ts";
import type { Directory, Occasion } from "../directory/model.ts";
import type { ResourceScopes } from "../directory/scope.ts";
import type { SignIn } from "./sign-in.ts";

export interface ConditionalAccess {
  /**
   * Replaces the policies that a test has set. Those of the directory stay. Throws RangeError for an unknown control.
   */
  set(policies: readonly ConditionalAccessConfig[]): void;
  read(): readonly ConditionalAccessConfig[];
  /** The controls that apply: `block`, `mfa`, or authentication contexts. Some scopes require a context, too. */
  list(occasion: Occasion, requested: ResourceScopes): readonly string[];
  /** Returns the first control that the sign-in does not satisfy. `block` comes first. */
  evaluate(
    occasion: Occasion,
    requested: ResourceScopes,
    signIn: Pick<SignIn, "acrs" | "hasMultifactor">,
  ): string | undefined;
}

const control = /^(?:block|mfa|c[1-9]\d?)$/;

export function createConditionalAccess(directory: Directory): ConditionalAccess {
  let policies: readonly ConditionalAccessConfig[] = [];

  function list(occasion: Occasion, { resource, scopes }: ResourceScopes): readonly string[] {
    const applying = policies.filter(
      ({ user = occasion.user, app = occasion.app, api = occasion.api }) =>
        user === occasion.user && app === occasion.app && api === occasion.api,
    );
    const contexts = resource.scopes.filter(({ name }) => scopes.includes(name)).map(({ context }) => context);
    return [
      ...directory.listControls(occasion),
      ...applying.map((policy) => policy.control),
      ...contexts.filter((context) => context !== undefined),
    ];
  }

  return {
    list,
    set(next) {
      const unknown = next.find((policy) => !control.test(policy.control));
      if (unknown) throw new RangeError("control must be block, mfa, or an authentication context from c1 to c99");
      policies = next;
    },
    read: () => policies,
    evaluate(occasion, requested, { acrs, hasMultifactor }) {
      const controls = list(occasion, requested);
      if (controls.includes("block")) return "block";
      return controls.find((wanted) => (wanted === "mfa" ? !hasMultifactor : !acrs.includes(wanted)));
    },
  };
}
