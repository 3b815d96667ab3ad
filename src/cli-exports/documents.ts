/** Documents that a gate publishes, and the keys and certificates behind them. */

export { type CredentialConfig, credentialVariables } from "../core/config/credentials.ts";
export { readCertificate } from "../extensions/downstream/certificate.ts";
export { type IssuerIdentity, readIssuers } from "../extensions/issuer/configuration.ts";
export { documentUrls } from "../extensions/issuer/documents.ts";
export { isSameKey, keyKinds, readPrivateKey } from "../extensions/issuer/key-text.ts";
export { documentPathOf } from "../extensions/mcp/discovery/document.ts";
export type { Facade, FacadeOptions, ProtectedResource } from "../extensions/mcp/discovery/types.ts";
export { listFacadePaths } from "../extensions/mcp/facade.ts";
export { writeDocument } from "../extensions/openapi/document.ts";
