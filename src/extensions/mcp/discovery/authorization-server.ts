import type { App } from "../../../app/part.ts";
import type { Facade, ProtectedResource } from "./types.ts";

/**
 * An authorization server that the app of a resource serves. Resources know only this class, so that a bundle without
 * `facade()` does not contain the facade.
 */
export abstract class AuthorizationServer implements Facade {
  abstract readonly options: Facade["options"];

  /** Serves a resource. Several resources of an app can share one authorization server. */
  abstract serve(app: App, resource: ProtectedResource): void;
}
