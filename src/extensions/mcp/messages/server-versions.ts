import { isRecord } from "../../../base/common/objects.ts";
import { findVersion, versionNames } from "./message.ts";

/** The protocol versions of one server, as far as its answers to callers tell. */
export interface ServerVersions {
  /** Versions that gate and server both know. Until the server has told its own, those of the gate. */
  list(): readonly string[];
  /**
   * Remembers the versions in an answer of the server, and removes from the answer those that the gate does not know,
   * because it would refuse their messages.
   *
   * @returns the same value if it has no other versions
   */
  read(message: unknown): unknown;
}

/** Creates the versions of a server that has not told any. */
export function createServerVersions(): ServerVersions {
  let common = versionNames;
  return {
    list: () => common,
    read(message) {
      if (!isRecord(message) || !isRecord(message.result)) return message;
      const { result } = message;
      const { supportedVersions: told } = result;
      if (!Array.isArray(told)) return message;
      const known = told.filter((name) => typeof name === "string" && findVersion(name) !== undefined);
      // A server can repeat a version as often as its answer has room.
      common = [...new Set(known)];
      return common.length === told.length ? message : { ...message, result: { ...result, supportedVersions: common } };
    },
  };
}
