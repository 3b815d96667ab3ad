import { isPromised } from "../base/common/result.ts";
import { findContents } from "./app-contents.ts";
import type { Registry } from "./registry.ts";
import { isAccessRule } from "./types/hooks.ts";

/** Declares routes, hooks and decorations in its own scope. */
export type PluginFunction<App> = (app: App) => void | Promise<void>;

/** A plugin with a name. It is registered after its `dependencies`, and only once for each name and `seed`. */
export interface PluginObject<App> {
  /** Name for `dependencies` of other plugins. A plugin without a name can be registered several times. */
  readonly name?: string;
  /** Distinguishes several registrations of one name, each with its own seed. */
  readonly seed?: string;
  /** Names of plugins that must be registered before. One with a seed is `name#seed`. */
  readonly dependencies?: readonly string[];
  /** Declares routes, hooks and decorations in the scope that it gets. */
  readonly register: PluginFunction<App>;
}

/** The argument of `App.register`. */
export type Plugin<App> = PluginFunction<App> | PluginObject<App>;

/**
 * Runs the declarations of a plugin.
 *
 * @param app the plugin's own scope
 * @throws TypeError if the value is not a plugin, is already registered, or requires a plugin that is not registered
 */
export function installPlugin<App>(registry: Registry, plugin: Plugin<App>, app: App): void {
  if (findContents(plugin) !== undefined) {
    throw new TypeError('register: an App is not a plugin. Write register((orders) => { … }, { prefix: "/orders" })');
  }
  const {
    name,
    seed,
    dependencies = [],
    register,
  } = typeof plugin === "function" ? { register: plugin } : (plugin ?? {});
  if (typeof register !== "function" || isAccessRule(register))
    throw new TypeError(
      "register: a plugin must be a function, or have a function register. Hooks belong to app.use(…)",
    );
  registry.install({ key: seed === undefined ? name : `${name}#${seed}`, dependencies });
  const registered = register(app);
  if (isPromised(registered)) registry.await(registered);
}
