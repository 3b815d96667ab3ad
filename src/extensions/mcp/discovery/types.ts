import type { Part, PathString } from "../../../app/part.ts";
import type { Admitting, AuthoritySetup } from "../../../core/guard/authorities.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import type { RouteAccess } from "../../../core/policy/rule.ts";

/** Members of the metadata of a protected resource, in addition to its name (RFC 9728 section 2). */
export interface ResourceOptions {
  /** Name for people: `resource_name`. */
  readonly name?: string;
  /** Address of a page for developers: `resource_documentation`. */
  readonly documentation?: string;
  /** Short names of scopes, which replace the scopes that the routes of the resource require. */
  readonly scopes?: readonly string[];
  /** The gate itself as the authorization server: `facade(…)`. Without it, the metadata names Entra. */
  readonly authorizationServer?: Facade;
}

/** The parts of a setup that name a resource and its scopes. `doctor` has them too. */
export type ResourceFacts = Pick<GateSetup, "addresses"> & Admitting<Pick<AuthoritySetup, "name">>;

/** A route of a resource. */
export interface ResourceRoute {
  /** Method and path as declared. */
  readonly name: string;
  readonly access: RouteAccess;
}

/** One protected resource of an app. */
export interface ProtectedResource extends Part {
  readonly resourcePath: string;
  /** Any caller may call its route. `doctor` reports this. */
  readonly isPublic: boolean;
  /** Sandboxed frames and local files may call its route. `doctor` reports this. */
  readonly hasOpaqueOrigin: boolean;
  readonly options: ResourceOptions;
  /** The identifier of the resource. It must be an Application ID URI of the API. */
  urlOf(facts: ResourceFacts): string;
  /** Lists its routes that are not public. */
  listRoutes(): readonly ResourceRoute[];
  /**
   * Names of the authorities whose callers may call it, the default one first; of `default` if its routes are public.
   */
  authoritiesOf(facts: ResourceFacts): readonly string[];
  /**
   * Short names of the scopes of the resource.
   *
   * @param authorities whose callers need them
   */
  scopesOf(facts: ResourceFacts, authorities?: readonly string[]): readonly string[];
  /** The name of a scope in a request to Entra. */
  qualify(scope: string, facts: ResourceFacts): string;
}

/** The registration in Entra that all MCP clients share. */
export interface FacadeOptions {
  /**
   * Where its users sign in: a name of the option `authorities`. All routes of the resource must admit its callers.
   * Default: `default`.
   */
  readonly authority?: string;
  /**
   * Application (client) ID of a public client with the platform *Mobile and desktop applications*. With the option
   * `credential`, it is ENTRA_CLIENT_ID, with the platform *Web*.
   */
  readonly clientId: string;
  /**
   * Path of the gate's own callback, such as `/oauth/callback`. Only this one, at the first address of GATE_URL, is
   * registered in Entra. The gate passes the code on to the client.
   */
  readonly callback: PathString;
  /**
   * Hosts of client metadata documents: `["claude.ai", "vscode.dev"]`. Documents then come from no other host. Without
   * it, they come from any public host if the worker has the compatibility flag `global_fetch_strictly_public`, and
   * from none otherwise.
   */
  readonly clientDocuments?: readonly string[];
  /**
   * `"gate"`: the gate redeems codes and refresh tokens with its own credential, for example ENTRA_CLIENT_FEDERATION.
   * `clientId` must be ENTRA_CLIENT_ID, and `createGate` needs the option `downstream`. Clients get sealed refresh
   * tokens. Without it, the application in Entra is a public client.
   */
  readonly credential?: "gate";
  /**
   * Redirect URIs of clients that see no page that asks for consent. Ports of loopback do not count. Any other URI must
   * match exactly, also one with the private-use scheme of an app: `cursor://anysphere.cursor-mcp/oauth/callback`.
   */
  readonly redirectUris?: readonly string[];
  /**
   * Clients with redirect URIs of their own, which replace `redirectUris`, by the URL of their metadata document. The
   * documents of these clients are not fetched.
   */
  readonly clients?: Readonly<Record<string, readonly string[]>>;
}

/** An authorization server in front of Entra. `facade()` creates it. */
export interface Facade {
  /** Its options, checked and frozen. `doctor` reads them. */
  readonly options: FacadeOptions & {
    /** `default` if none was named. */
    readonly authority: string;
    /** Empty if every client needs consent. */
    readonly redirectUris: readonly string[];
  };
}
