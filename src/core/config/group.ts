import * as limits from "../../base/common/limits.ts";
import { isGuid } from "./guid.ts";

/** Explains why no token has a text as a group: a clause about the text, or `undefined`. */
export function describeGroupMistake(group: string): string | undefined {
  return isGuid(group)
    ? undefined
    : "which is not the object ID of a group in lower case. Find it with az ad group show --group NAME --query id";
}

/** Explains what is wrong with a list of groups: a clause about the list, or `undefined`. */
export function describeGroupListMistake(groups: readonly string[]): string | undefined {
  if (groups.length > limits.groupsPerList) return `has more than ${limits.groupsPerList} groups`;
  return new Set(groups).size < groups.length ? "has a group twice" : undefined;
}
