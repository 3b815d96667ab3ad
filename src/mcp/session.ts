import type { RequestContext } from "../app/serve/context.ts";
import type { Secret } from "../config/variables.ts";
import { type Cipher, createCipher } from "../downstream/cipher.ts";
import type { GateSetup } from "../guard/setup.ts";
import * as limits from "../limits.ts";

/** Turns the origin's session ids into ones that only their principal can use, and back. */
export interface Sessions {
  /** @returns `undefined` where GATE_SESSION_KEY is missing or its store fails */
  seal(context: RequestContext, id: string): Promise<string | undefined>;
  /** @returns `undefined` where the id is another principal's, or none of this gate's */
  open(context: RequestContext, sealed: string): Promise<string | undefined>;
}

/** What one configuration can read. */
interface Keyring {
  readonly cipher: Cipher;
  /** Session IDs that were decrypted, by sealed ID and owner. */
  readonly opened: Map<string, string>;
}

/** As RFC 9110 lets a header's value be, and the protocol a session id. */
const visible = /^[\x21-\x7e]{1,4096}$/;

/**
 * Makes the sessions of one MCP route. The id that a client gets is the origin's, encrypted under GATE_SESSION_KEY for tenant,
 * object id and client of its caller: every isolate can read it, and nobody else's token goes with it.
 *
 * @param path of the route: an id of one server is none of another
 */
export function createSessions(path: string): Sessions {
  const keyrings = new WeakMap<GateSetup, Keyring>();

  function keyringOf({ setup, server }: RequestContext): Keyring | undefined {
    const secret = setup.environment?.GATE_SESSION_KEY as Secret | undefined;
    if (secret === undefined) return undefined;
    const keyring = keyrings.get(setup) ?? { cipher: createCipher(server.io, secret), opened: new Map() };
    keyrings.set(setup, keyring);
    return keyring;
  }

  function findOwner({ principal }: RequestContext): string {
    return ["mcp", path, principal?.tid, principal?.oid, principal?.azp].join(" ");
  }

  return {
    async seal(context, id) {
      return keyringOf(context)?.cipher.encrypt(id, findOwner(context));
    },
    async open(context, sealed) {
      const keyring = keyringOf(context);
      if (keyring === undefined || !visible.test(sealed)) return undefined;
      const { cipher, opened } = keyring;
      const owner = findOwner(context);
      const name = `${owner} ${sealed}`;
      const known = opened.get(name);
      if (known !== undefined) return known;
      const id = await cipher.decrypt(sealed, owner);
      if (id === undefined) return undefined;
      if (opened.size >= limits.mcpSessions) opened.clear();
      opened.set(name, id);
      return id;
    },
  };
}
