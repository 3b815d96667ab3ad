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
export { authorities } from "../authorities/authorities.ts";
export { findAuthority } from "../authorities/choice.ts";
export { isOfEachAuthority } from "../authorities/names.ts";
export type { Denial, EntraResponse, Reason } from "../common/denial.ts";
export { describeDenial, type Refusal } from "../common/refusal.ts";
export { daloyObstacle, workersObstacle } from "../config/tls-proxy.ts";
export { readAuthoritiesProvider } from "../guard/authorities.ts";
export type { TokenService } from "../guard/downstream.ts";
export type { EntraOptions, SettingsInCode } from "../guard/entra-options.ts";
export type { GroupService } from "../guard/groups.ts";
export { createGuard } from "../guard/guard.ts";
export { createProvider } from "../guard/provider.ts";
export { createSetups, describeOptions, type SetupContext } from "../guard/setup.ts";
export { readTarget } from "../http/call.ts";
export { readPath } from "../http/path.ts";
export { readAliases } from "../http/path-aliases.ts";
export { readPaths } from "../http/path-readings.ts";
export { fetchKeyDocument } from "../keys/authority-tier.ts";
export type { FoundKeys } from "../keys/cached-keys.ts";
export { parseKeySet } from "../keys/key-set.ts";
export { createKeyStore, createKeyStores } from "../keys/key-store.ts";
export { authorize, decide } from "../policy/decision.ts";
export { isReportable } from "../policy/report.ts";
export { checkRevocation } from "../policy/revocation.ts";
export { findSecondCredential, readBearer } from "../token/bearer.ts";
export { createPrincipal, replaceIdentity } from "../token/caller.ts";
export { type CheckedClaims, type ClaimRules, checkClaims, clientClaims } from "../token/claims.ts";
export { checkHeader, decodeUnverifiedToken, type JsonObject } from "../token/decode.ts";
export {
  type GroupsLack,
  hasGroupMarker,
  type Identity,
  nameGroups,
  readIdentity,
  replaceGroups,
} from "../token/identity.ts";
export { checkTenant } from "../token/tenant-check.ts";
export { chooseKeys, verifySignature, vouchForKeys } from "../token/verify.ts";
