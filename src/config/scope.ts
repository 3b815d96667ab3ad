const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Whether a text is one scope token (RFC 6749 section 3.3). Other characters could break the syntax of a challenge. */
export function isScopeToken(text: string): boolean {
  return scopeToken.test(text);
}
