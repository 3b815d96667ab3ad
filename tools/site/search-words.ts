/** Words that readers search for and a page does not have, by its file. The search shows them behind the title. */
export const searchWords: Readonly<Record<string, string>> = {
  "explanation/keys.md": "key rotation, rotates keys, JWKS",
  "explanation/speed.md": "performance, overhead",
  "how-to/check-pull-requests.md": "CI",
  "how-to/stop-a-caller.md": "block user",
  "how-to/test-your-gate.md": "CI",
  "reference/limits.md": "limits of the gate",
  "reference/revocations.md": "revocation list",
  "tutorials/first-hour.md": "install",
};
