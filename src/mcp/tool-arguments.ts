import type { FreeJson } from "../app/part.ts";
import * as limits from "../common/limits.ts";
import { isRecord } from "../common/objects.ts";

/**
 * The arguments of tools: `params.arguments` of a `tools/call`, alone or in a batch. They are data for the tool, and no
 * decision of the gate depends on them. The names on the way to them are decisive, so the rest of the message is
 * strict.
 */
export const toolArguments: FreeJson = {
  namesMaximum: limits.mcpArgumentNames,
  depthMaximum: limits.mcpArgumentDepth,
  separate(body) {
    const free: unknown[] = [];
    const separateOne = (message: unknown): unknown => {
      if (!isRecord(message) || message.method !== "tools/call") return message;
      const { params } = message;
      if (!isRecord(params) || !Object.hasOwn(params, "arguments")) return message;
      free.push(params.arguments);
      return { ...message, params: { ...params, arguments: null } };
    };
    return { strict: Array.isArray(body) ? body.map(separateOne) : separateOne(body), free };
  },
};
