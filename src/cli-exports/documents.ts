/** Documents that a gate publishes, and the keys and certificates behind them. */
export { writeDocument } from "../app/openapi/document.ts";
export { type CredentialConfig, credentialVariables } from "../config/credentials.ts";
export { readCertificate } from "../downstream/certificate.ts";
export { type IssuerIdentity, readIssuers } from "../issuer/configuration.ts";
export { documentUrls } from "../issuer/documents.ts";
export { isSameKey, keyKinds, readPrivateKey } from "../issuer/key-text.ts";
export { documentPathOf } from "../mcp/discovery/document.ts";
export type { Facade, OwnCallback, ProtectedResource } from "../mcp/discovery/types.ts";
export { facadePaths } from "../mcp/facade/facade.ts";
export { consentPathOf } from "../mcp/sign-in/sign-in.ts";
