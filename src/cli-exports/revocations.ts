/** The list of revocations, for commands that read or change it. */
export { readRevocationSource } from "../extensions/revocations/configuration.ts";
export {
  documentKey,
  findWritten,
  isReason,
  type RevocationRule,
  type RuleKind,
  readDocument,
  readSubject,
  readTime,
  ruleKinds,
  schema,
} from "../extensions/revocations/document.ts";
export { compileRules, describeRule, findRule } from "../extensions/revocations/rules.ts";
export { readText } from "../extensions/revocations/source.ts";
