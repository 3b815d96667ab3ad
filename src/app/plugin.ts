import type { Registry } from "./registry.ts";

/** Declares routes, hooks and decorations in an app of its own. */
export type PluginFunction<App> = (app: App) => void | Promise<void>;

/** A plugin with a name: it is registered once, unless `seed` tells two of them apart, and after its `dependencies`. */
export interface PluginObject<App> {
  readonly name?: string;
  readonly seed?: string;
  readonly dependencies?: readonly string[];
  readonly register: PluginFunction<App>;
}

/** What `App.register` takes. */
export type Plugin<App> = PluginFunction<App> | PluginObject<App>;

/**
 * Lets a plugin declare what it has.
 *
 * @param app of the plugin's own
 * @throws TypeError where it is none, is registered already, or needs a plugin that is not
 */
export function installPlugin<App>(registry: Registry, plugin: Plugin<App>, app: App): void {
  const { name, seed, dependencies = [], register } = typeof plugin === "function" ? { register: plugin } : plugin;
  if (typeof register !== "function")
    throw new TypeError("register: a plugin must be a function, or have a function register");
  registry.install({ key: seed === undefined ? name : `${name}#${seed}`, dependencies });
  const registered = register(app);
  if (registered instanceof Promise) registry.await(registered);
}
