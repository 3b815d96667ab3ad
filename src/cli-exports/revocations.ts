/** The list of revocations, for commands that read or change it. */
export { readRevocationSource } from "../revocations/configuration.ts";
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
} from "../revocations/document.ts";
export { compileRules, describeRule, findRule } from "../revocations/rules.ts";
export { readText } from "../revocations/source.ts";
