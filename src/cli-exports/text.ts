/** What every command and the local Entra use of the gate: JSON and the documentation. It decides nothing about callers. `help` loads it, so it stays small. */
export { docsSite, linkToDocs } from "../common/docs-site.ts";
export { findStringEnd, isShallowJose, parseJson, scanJson } from "../common/json.ts";
