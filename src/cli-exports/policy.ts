/** What a configuration, its authority, routes and documents say, for commands that read a policy. */
export { type FieldType, formats, isMultiple, type ScalarType } from "../app/compiled/compiled.ts";
export { describeRequirements, type ExtendedMember, extensions } from "../app/openapi/members.ts";
export { escapePointer } from "../app/types/check-value.ts";
export { type Method, methods } from "../app/types/definition.ts";
export { compareSpecificity, eraseNames, isPath, joinPaths } from "../app/types/path-pattern.ts";
export type { RequestSchemas } from "../app/types/types.ts";
export { type Authority, createAuthority, type KeySource } from "../authority/authority.ts";
export { type Cloud, clouds } from "../authority/cloud.ts";
export { listClientOrigins, readDiscovery } from "../authority/discovery.ts";
export type { TokenVersion } from "../authority/version.ts";
export { defaultAuthority, isAuthorityName, prefixOf as authorityPrefixOf } from "../common/authority-name.ts";
export { readAccess } from "../config/access.ts";
export { readAddresses } from "../config/addresses.ts";
export { type AuthorityConfig, type CloudName, readAuthority, readAuthorityConfig } from "../config/authority.ts";
export { authorityVariables } from "../config/authority-table.ts";
export {
  type Config,
  type ConfigContext,
  findClosest,
  isOfGate,
  type NamedAuthorities,
  readConfig,
} from "../config/config.ts";
export { describeFault } from "../config/fault.ts";
export { describeGroupListMistake, describeGroupMistake } from "../config/group.ts";
export { type Mode, type ObservationConfig, readObservation } from "../config/observation.ts";
export { cookieVariableOf, isOriginName, listOrigins, type OriginCookies, prefixOf, zone } from "../config/origin.ts";
export { describeScopeMistake, isScopeToken } from "../config/scope.ts";
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
} from "../config/table.ts";
export type { TenantRule } from "../config/tenants.ts";
export { createReader, type Environment, renameVariable, type VariableReader } from "../config/variables.ts";
export { fetchDocument, withinFetchDeadline } from "../keys/document.ts";
export { type Alternative, listAlternatives } from "../policy/alternatives.ts";
export { isAuthorityNamed, listRequirements } from "../policy/decision.ts";
export { members } from "../policy/members.ts";
export { createRequirement, defaultRequirement, findMistake } from "../policy/requirement.ts";
export {
  type Access,
  accessOf,
  listAuthorities,
  type MemberName,
  type Requirement,
  type Rule,
  type RuleOptions,
} from "../policy/rule.ts";
