import type { Extension } from "../app/contract/route.ts";
import type { GateSetup } from "../guard/setup.ts";

/** What the metadata of a protected resource says beside its name (RFC 9728 section 2). */
export interface ResourceOptions {
  /** For people: `resource_name`. */
  readonly name?: string;
  /** Address of a page for developers: `resource_documentation`. */
  readonly documentation?: string;
  /** In place of the scopes that the routes below the resource require, by their short names. */
  readonly scopes?: readonly string[];
  /** The gate itself as the authorization server: `facade(…)`. Without, Entra is named. */
  readonly authorizationServer?: Facade;
}

/** What names a resource and its scopes: parts of a setup, which `doctor` knows too. */
export type ResourceFacts = Pick<GateSetup, "addresses" | "defaultRequirement">;

/** One protected resource of an app. */
export interface ResourceExtension extends Extension {
  readonly resourcePath: string;
  /** Anybody may call its route: `doctor` says so. */
  readonly isPublic: boolean;
  readonly options: ResourceOptions;
  /** The resource's identifier, which must be an Application ID URI of the API. */
  urlOf(facts: ResourceFacts): string;
  /** Short names of the scopes of the resource. */
  scopesOf(facts: ResourceFacts): readonly string[];
  /** The name of a scope as Entra wants it in a request. */
  qualify(scope: string, facts: ResourceFacts): string;
}

/** The registration in Entra that stands for all MCP clients. */
export interface FacadeOptions {
  /** Application (client) ID of a public client, whose platform is *Mobile and desktop applications*. */
  readonly clientId: string;
  /** Where codes may go, as registered there. A URI of `http://localhost` fits every port. */
  readonly redirectUris: readonly string[];
  /** Clients that identify themselves by the address of a metadata document, with their redirect URIs. It is not fetched. */
  readonly clients?: Readonly<Record<string, readonly string[]>>;
}

/** An authorization server in front of Entra: made by `facade()`. */
export interface Facade {
  readonly options: FacadeOptions;
}
