/** What a configuration, its authority, routes and documents say, for commands that read a policy. */
export { escapePointer } from "../app/types/check-value.ts";
export { type Method, methods } from "../app/types/definition.ts";
export { compareSpecificity, eraseNames, isPath, joinPaths } from "../app/types/path-pattern.ts";
export { defaultAuthority, isAuthorityName, prefixOf as authorityPrefixOf } from "../base/common/authority-name.ts";
export { type Authority, createAuthority, type KeySource } from "../core/authority/authority.ts";
export { type Cloud, clouds } from "../core/authority/cloud.ts";
export { listClientOrigins, readDiscovery } from "../core/authority/discovery.ts";
export type { TokenVersion } from "../core/authority/version.ts";
export { readAccess } from "../core/config/access.ts";
export { readAddresses } from "../core/config/addresses.ts";
export { type AuthorityConfig, type CloudName, readAuthority, readAuthorityConfig } from "../core/config/authority.ts";
export { authorityVariables } from "../core/config/authority-table.ts";
export {
  type Config,
  type ConfigContext,
  findClosest,
  isOfGate,
  type NamedAuthorities,
  readConfig,
} from "../core/config/config.ts";
export { describeFault } from "../core/config/fault.ts";
export { describeGroupListMistake, describeGroupMistake } from "../core/config/group.ts";
export { type Mode, type ObservationConfig, readObservation } from "../core/config/observation.ts";
export {
  cookieVariableOf,
  isOriginName,
  listOrigins,
  type OriginCookies,
  prefixOf,
  zone,
} from "../core/config/origin.ts";
export { describeScopeMistake, isScopeToken } from "../core/config/scope.ts";
export {
  downstreamVariables,
  entryVariables,
  gateVariables,
  isNamed,
  issuerVariables,
  knownVariables,
  mcpVariables,
  namesOf,
  revocationVariables,
} from "../core/config/table.ts";
export type { TenantRule } from "../core/config/tenants.ts";
export { createReader, type Environment, renameVariable, type VariableReader } from "../core/config/variables.ts";
export { fetchDocument, withinFetchDeadline } from "../core/keys/document.ts";
export { type Alternative, listAlternatives } from "../core/policy/alternatives.ts";
export { isAuthorityNamed, listRequirements } from "../core/policy/decision.ts";
export { members } from "../core/policy/members.ts";
export { createRequirement, defaultRequirement, findMistake } from "../core/policy/requirement.ts";
export {
  type Access,
  accessOf,
  listAuthorities,
  type MemberName,
  type Requirement,
  type Rule,
  type RuleOptions,
} from "../core/policy/rule.ts";
export { describeRequirements, type ExtendedMember, extensions } from "../extensions/openapi/members.ts";
