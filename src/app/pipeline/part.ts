import type { ConfigChecker } from "../../core/config/config.ts";
import type { Access, RouteAccess } from "../../core/policy/rule.ts";
import type { FreeJson } from "../types/free-json.ts";
import type { CorsHandler } from "../types/hooks.ts";
import type { ChangeRefusal, Respond } from "./context.ts";
import type { PartStep } from "./pipeline.ts";

/**
 * A part of an app that another entry of the package adds, such as the protected resources of `entra-gate/mcp`. It also
 * checks its own variables. No member can change who is admitted.
 */
export interface Part extends ConfigChecker {
  /** What a fault calls the part. */
  readonly name: string;
  /** Changes the refusals of a route; `undefined` if they stay as they are. */
  refusalsOf?(route: { readonly path: string; readonly access: RouteAccess }): ChangeRefusal | undefined;
  /** Documents that clients look for before they have a token. Where there is no route, any caller gets 404. */
  readonly documents?: Documents;
  /** What the messages of a route require by name. The command line compares it. */
  readonly names?: NamedAccess;
  /**
   * Checks the authority of the part.
   *
   * @param known names of the authorities of the gate
   * @throws TypeError that says what to write
   */
  checkAuthority?(known: readonly string[]): void;
}

/** Access by names in the messages of a route, beside the access of the route. */
export interface NamedAccess {
  /** Path of the route for POST. */
  readonly path: string;
  /** Kinds and names with an entry. The name `*` stands for every other one. */
  readonly entries: readonly (readonly [kind: string, name: string])[];
  /** @returns `undefined` if the access of the route is enough */
  accessOf(kind: string, name: string): Access | undefined;
}

/** A set of paths, and the CORS policy of the 404. */
export interface Documents {
  /** @param path normal form, see `normalizePath` */
  includes(path: string): boolean;
  readonly cors: CorsHandler;
}

/** What a route of a part has in addition to its definition. */
export interface RouteAdditions {
  /** Runs behind the guard, validation and the hooks of the app, around the handler. */
  readonly step?: PartStep | undefined;
  /** Parts of its JSON body in which any JSON is allowed. */
  readonly freeJson?: FreeJson | undefined;
  /** Applies its own CORS policy, also in a gate, after that of the app. */
  readonly permit?: ((respond: Respond) => { readonly respond: Respond; readonly cors: CorsHandler }) | undefined;
}
