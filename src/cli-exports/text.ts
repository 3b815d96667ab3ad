/**
 * What every command and the local Entra use of the gate: JSON and its objects. It decides nothing about callers.
 * `help` loads it, so it stays small.
 */
export { findStringEnd, isShallowJose, parseJson, readJson, scanJson } from "../base/common/json.ts";
export { isNameList, isRecord, isTextList } from "../base/common/objects.ts";
