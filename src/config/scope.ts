const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Whether a text is one scope as RFC 6749 section 3.3 writes it; anything else would break out of a challenge. */
export function isScopeToken(text: string): boolean {
  return scopeToken.test(text);
}
