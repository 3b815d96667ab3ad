import type { RequestContext } from "../app/serve/context.ts";
import type { Secret } from "../config/variables.ts";
import { type Cipher, createCipher } from "../downstream/cipher.ts";
import type { GateSetup } from "../guard/setup.ts";
import type { Io } from "../io.ts";
import * as limits from "../limits.ts";

/** Turns the origin's session ids into ones that only their principal can use, and back. */
export interface Sessions {
  /** @returns `undefined` where GATE_SESSION_KEY is missing or its store fails */
  seal(context: RequestContext, id: string): Promise<string | undefined>;
  /** @returns `undefined` where the id is another principal's, or none of this gate's */
  open(context: RequestContext, sealed: string): Promise<string | undefined>;
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
  const ciphers = new WeakMap<GateSetup, Cipher>();
  /** Settled values only: ids that were opened, by what was sent and by whom. */
  const opened = new Map<string, string>();

  function cipherOf({ environment }: GateSetup, io: Io, setup: GateSetup): Cipher | undefined {
    const secret = environment?.GATE_SESSION_KEY as Secret | undefined;
    if (secret === undefined) return undefined;
    const cipher = ciphers.get(setup) ?? createCipher(io, secret);
    ciphers.set(setup, cipher);
    return cipher;
  }

  function findOwner({ principal }: RequestContext): string {
    return ["mcp", path, principal?.tid, principal?.oid, principal?.azp].join(" ");
  }

  return {
    async seal(context, id) {
      const { setup, server } = context;
      return cipherOf(setup, server.io, setup)?.encrypt(id, findOwner(context));
    },
    async open(context, sealed) {
      const { setup, server } = context;
      const owner = findOwner(context);
      const name = `${owner} ${sealed}`;
      const known = opened.get(name);
      if (known !== undefined || !visible.test(sealed)) return known;
      const id = await cipherOf(setup, server.io, setup)?.decrypt(sealed, owner);
      if (id === undefined) return undefined;
      if (opened.size >= limits.mcpSessions) opened.clear();
      opened.set(name, id);
      return id;
    },
  };
}
