/** What admits callers and serves routes, for commands that show, test or compare decisions. */
export { passingName, settingsName } from "../adapters/configuration.ts";
export type { HonoSettings } from "../adapters/hono-declared.ts";
export { App } from "../app/app.ts";
export { type AppContents, findContents } from "../app/app-contents.ts";
export { describeApp } from "../app/app-gate.ts";
export { origin } from "../app/build/origin.ts";
export { MethodNotAllowedError, NotFoundError } from "../app/errors/errors.ts";
export { describeGate, type GateOptions } from "../app/gate-options.ts";
export { noRoutes } from "../app/gate-routes.ts";
export { ownPrefix } from "../app/operation-id.ts";
export { accessToAbsent, accessWithoutRoute } from "../app/pipeline/fallbacks.ts";
export type { NamedAccess } from "../app/pipeline/part.ts";
export { compileRoute, type PartStep, withoutContract } from "../app/pipeline/pipeline.ts";
export type { Fallback, FindMatch, Route, RouteSource, ServedRoute } from "../app/pipeline/route.ts";
export { createServe } from "../app/pipeline/serve.ts";
export { createRouter, PathTree } from "../app/routing/router.ts";
export { type AuthHook, anyOf, type Requiring, requireAuth } from "../app/types/auth.ts";
export type { Denial, EntraResponse, Reason } from "../base/common/denial.ts";
export { describeDenial, type Refusal } from "../base/common/refusal.ts";
export { readTarget } from "../base/http/call.ts";
export { readPath } from "../base/http/path.ts";
export { readAliases } from "../base/http/path-aliases.ts";
export { readPaths } from "../base/http/path-readings.ts";
export { daloyObstacle, workersObstacle } from "../core/config/tls-proxy.ts";
export { readAuthoritiesProvider } from "../core/guard/authorities.ts";
export type { TokenService } from "../core/guard/downstream.ts";
export type { EntraOptions, SettingsInCode } from "../core/guard/entra-options.ts";
export type { GroupService } from "../core/guard/groups.ts";
export { createGuard } from "../core/guard/guard.ts";
export { createProvider } from "../core/guard/provider.ts";
export { createSetups, describeOptions, type SetupContext } from "../core/guard/setup.ts";
export { fetchKeyDocument } from "../core/keys/authority-tier.ts";
export type { FoundKeys } from "../core/keys/cached-keys.ts";
export { parseKeySet } from "../core/keys/key-set.ts";
export { createKeyStore, createKeyStores } from "../core/keys/key-store.ts";
export { authorize, decide } from "../core/policy/decision.ts";
export { isReportable } from "../core/policy/report.ts";
export { checkRevocation } from "../core/policy/revocation.ts";
export { findSecondCredential, readBearer } from "../core/token/bearer.ts";
export { createPrincipal, replaceIdentity } from "../core/token/caller.ts";
export { type CheckedClaims, type ClaimRules, checkClaims, clientClaims } from "../core/token/claims.ts";
export { checkHeader, decodeUnverifiedToken, type JsonObject } from "../core/token/decode.ts";
export {
  type GroupsLack,
  hasGroupMarker,
  type Identity,
  nameGroups,
  readIdentity,
  replaceGroups,
} from "../core/token/identity.ts";
export { checkTenant } from "../core/token/tenant-check.ts";
export { chooseKeys, verifySignature, vouchForKeys } from "../core/token/verify.ts";
export { authorities } from "../extensions/authorities/authorities.ts";
export { findAuthority } from "../extensions/authorities/choice.ts";
export { isOfEachAuthority } from "../extensions/authorities/names.ts";
