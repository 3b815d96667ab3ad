import { InternalError, keepPerSetup, type RequestContext } from "../../../app/part.ts";
import * as limits from "../../../base/common/limits.ts";
import { keepValue } from "../../../base/common/recent.ts";
import type { Cipher } from "../../sealing/cipher.ts";
import { createSessionCipher, sessionKeyOf } from "../../sealing/session-key.ts";

/** Converts the origin's session IDs into IDs that only their principal can use, and back. */
export interface Sessions {
  /** @returns `undefined` if GATE_SESSION_KEY is missing or its store fails */
  seal(context: RequestContext, id: string): Promise<string | undefined>;
  /** @returns `undefined` if the ID belongs to another principal, or another gate made it */
  open(context: RequestContext, sealed: string): string | undefined | Promise<string | undefined>;
}

/** Sessions that one configuration can read. */
interface Keyring {
  readonly cipher: Cipher;
  /** Decrypted session IDs, by sealed ID and owner. */
  readonly opened: Map<string, string>;
}

/** Characters that both RFC 9110 and the protocol allow in a session ID. */
const visible = /^[\x21-\x7e]{1,4096}$/;

/**
 * Creates the sessions of one MCP route. The client gets the origin's ID, encrypted with GATE_SESSION_KEY for the
 * authority, the tenant, the object ID and the client of its caller. Every isolate can read it, and it works only with
 * tokens of that caller.
 *
 * @param path of the route: an ID of one server is not valid for another
 * @param isPublic whether sessions belong to nobody, because most messages of a session have no caller
 */
export function createSessions(path: string, isPublic: boolean): Sessions {
  const keyringOf = keepPerSetup(({ setup, services: { io } }): Keyring | undefined => {
    const key = sessionKeyOf(setup);
    return key === undefined ? undefined : { cipher: createSessionCipher(io, key), opened: new Map() };
  });

  function findOwner(context: RequestContext): string {
    const identity = isPublic ? undefined : context.identity;
    return ["mcp", path, identity?.authority, identity?.tid, identity?.oid, identity?.azp].join(" ");
  }

  return {
    async seal(context, id) {
      const sealed = await keyringOf(context)?.cipher.encrypt(id, findOwner(context));
      if (sealed === undefined || visible.test(sealed)) return sealed;
      throw new InternalError("the session id of the MCP server is too long to be encrypted");
    },
    open(context, sealed) {
      const keyring = keyringOf(context);
      if (keyring === undefined || !visible.test(sealed)) return undefined;
      const { cipher, opened } = keyring;
      const owner = findOwner(context);
      const name = `${owner} ${sealed}`;
      const known = opened.get(name);
      if (known !== undefined) return known;
      return cipher.decrypt(sealed, owner).then((id) => id && keepValue(opened, limits.mcpSessions, name, id));
    },
  };
}
