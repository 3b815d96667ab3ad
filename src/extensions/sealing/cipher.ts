import { base64url, CompactEncrypt, compactDecrypt, decodeProtectedHeader } from "jose";
import type { Io } from "../../base/common/io.ts";
import { isShallowJose, parseJson } from "../../base/common/json.ts";
import { encodeUtf8 } from "../../base/common/utf8.ts";
import { readSecret } from "../../core/config/secret.ts";
import type { Secret } from "../../core/config/variables.ts";
import { isKeyList, keyListProblem } from "./key-list.ts";

/**
 * Encrypts values that others can read: JWE (RFC 7516) with `dir` and `A256GCM`. Keys have names, and the name is all
 * that a value shows.
 */
export interface Cipher {
  /**
   * @param context where the value belongs; `decrypt` rejects it in another place. It is encrypted too.
   * @returns `undefined` if there is no key
   */
  encrypt(text: string, context: string): Promise<string | undefined>;
  /** @returns `undefined` if the key is unknown, or if the value is malformed, changed or of another context */
  decrypt(value: string, context: string): Promise<string | undefined>;
}

interface NamedKey {
  readonly kid: string;
  readonly key: Uint8Array;
}

const alg = "dir";
const enc = "A256GCM";
const options = { keyManagementAlgorithms: [alg], contentEncryptionAlgorithms: [enc] };

/**
 * Creates a cipher. Does no I/O.
 *
 * @param secret `name:key`, the newest first: the newest encrypts, and all decrypt
 * @param onFault gets what is wrong with the secret, without its value, each time it cannot be used
 */
export function createCipher(io: Pick<Io, "after">, secret: Secret, onFault: (problem: string) => void): Cipher {
  async function loadKeys(): Promise<readonly NamedKey[]> {
    const text = await readSecret(io, secret);
    if (text !== undefined && isKeyList(text)) return text.split(/[\s,]+/).map(readKey);
    onFault(text === undefined ? "cannot be read from its store" : keyListProblem);
    return [];
  }

  return {
    async encrypt(text, context) {
      const [newest] = await loadKeys();
      if (newest === undefined) return undefined;
      const jwe = new CompactEncrypt(encodeUtf8(JSON.stringify([context, text])));
      return jwe.setProtectedHeader({ alg, enc, kid: newest.kid }).encrypt(newest.key);
    },
    async decrypt(value, context) {
      // Whoever sends the value chooses its header.
      if (!isShallowJose(value)) return undefined;
      const keys = await loadKeys();
      try {
        const { kid } = decodeProtectedHeader(value);
        // After a rotation that kept the name, several keys have it.
        const named = keys.filter((key) => key.kid === kid);
        const { plaintext } = await Promise.any(named.map(({ key }) => compactDecrypt(value, key, options)));
        return readText(new TextDecoder().decode(plaintext), context);
      } catch {
        return undefined;
      }
    },
  };
}

/** @throws SyntaxError if the value is not JSON */
function readText(decrypted: string, context: string): string | undefined {
  const value: unknown = parseJson(decrypted);
  if (!Array.isArray(value) || value.length !== 2 || value[0] !== context) return undefined;
  return typeof value[1] === "string" ? value[1] : undefined;
}

function readKey(item: string): NamedKey {
  const [kid = "", key = ""] = item.split(":");
  return { kid, key: base64url.decode(key.replace("=", "")) };
}
