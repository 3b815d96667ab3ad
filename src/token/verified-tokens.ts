import type { KeySource } from "../authority/authority.ts";
import type { SigningKey } from "../keys/signing-key.ts";
import { limits } from "../limits.ts";
import type { Principal } from "./principal.ts";

/** A token whose signature held, with what must still be so for it to count. */
export interface VerifiedToken {
  readonly principal: Principal;
  readonly key: SigningKey;
  readonly source: KeySource;
}

/** Tokens that an isolate has verified, by the exact text of their header. */
export interface VerifiedTokens {
  get(credential: string): VerifiedToken | undefined;
  add(credential: string, token: VerifiedToken): void;
}

interface Generation {
  readonly tokens: Map<string, VerifiedToken>;
  characters: number;
}

const createGeneration = (): Generation => ({ tokens: new Map(), characters: 0 });

/**
 * Makes an empty cache, bounded in entries and characters. It has two generations: what is used moves to the young one,
 * and when that is full the old one is dropped. So a hit mostly writes nothing, and tokens that come once never push out
 * those in use.
 *
 * @param entriesMaximum and charactersMaximum, of both generations together
 */
export function createVerifiedTokens(
  entriesMaximum: number = limits.verifiedTokens,
  charactersMaximum: number = limits.verifiedTokenCharacters,
): VerifiedTokens {
  let young = createGeneration();
  let old = createGeneration();

  function add(credential: string, token: VerifiedToken): void {
    if (young.tokens.size * 2 >= entriesMaximum || young.characters * 2 >= charactersMaximum) {
      old = young;
      young = createGeneration();
    }
    // A burst of one new token is verified more than once.
    if (!young.tokens.has(credential)) young.characters += credential.length;
    young.tokens.set(credential, token);
  }

  return {
    get(credential) {
      const recent = young.tokens.get(credential);
      if (recent !== undefined) return recent;
      const known = old.tokens.get(credential);
      if (known !== undefined) add(credential, known);
      return known;
    },
    add,
  };
}
