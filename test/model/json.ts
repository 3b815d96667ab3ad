// Parses JSON (RFC 8259) one character at a time, so that the reference model shares no parser with the gate.
// It rejects a member that occurs twice in an object (RFC 7515 section 4, RFC 7519 section 4).

export type Json = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>;

/** @throws SyntaxError if the text is not exactly one value */
export function readJson(text: string): Json {
  let at = 0;

  function complain(): never {
    throw new SyntaxError(`no JSON at ${at}`);
  }

  function skipBlanks(): void {
    while (at < text.length && " \t\n\r".includes(text.charAt(at))) at += 1;
  }

  function take(expected: string): boolean {
    if (!text.startsWith(expected, at)) return false;
    at += expected.length;
    return true;
  }

  function readValue(): Json {
    skipBlanks();
    const value = readBareValue();
    skipBlanks();
    return value;
  }

  function readBareValue(): Json {
    if (take("null")) return null;
    if (take("true")) return true;
    if (take("false")) return false;
    if (text.charAt(at) === '"') return readString();
    if (take("[")) return readArray();
    if (take("{")) return readObject();
    return readNumber();
  }

  function readNumber(): number {
    const [digits] = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/.exec(text.slice(at)) ?? complain();
    at += digits.length;
    return Number(digits);
  }

  function readString(): string {
    if (!take('"')) complain();
    let value = "";
    while (!take('"')) {
      const character = text.charAt(at);
      if (character < " ") complain(); // Also at the end of the text.
      at += 1;
      value += character === "\\" ? readEscape() : character;
    }
    return value;
  }

  function readEscape(): string {
    const letter = text.charAt(at);
    at += 1;
    if (letter === "u") {
      const [digits] = /^[0-9A-Fa-f]{4}/.exec(text.slice(at, at + 4)) ?? complain();
      at += 4;
      return String.fromCharCode(Number.parseInt(digits, 16));
    }
    const escapes = new Map([...'"\\/'].map((character) => [character, character]));
    for (const [name, character] of ["b\b", "f\f", "n\n", "r\r", "t\t"].map((pair) => [...pair])) {
      escapes.set(name!, character!);
    }
    return escapes.get(letter) ?? complain();
  }

  function readArray(): readonly Json[] {
    const values: Json[] = [];
    skipBlanks();
    if (take("]")) return values;
    for (;;) {
      values.push(readValue());
      if (take("]")) return values;
      if (!take(",")) complain();
    }
  }

  function readObject(): ReadonlyMap<string, Json> {
    const members = new Map<string, Json>();
    skipBlanks();
    if (take("}")) return members;
    for (;;) {
      skipBlanks();
      const name = readString();
      skipBlanks();
      if (members.has(name) || !take(":")) complain();
      members.set(name, readValue());
      if (take("}")) return members;
      if (!take(",")) complain();
    }
  }

  const value = readValue();
  if (at !== text.length) complain();
  return value;
}
