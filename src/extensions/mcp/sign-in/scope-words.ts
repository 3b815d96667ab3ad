import { type App, readDeclarations } from "../../../app/part.ts";
import * as limits from "../../../base/common/limits.ts";
import type { GateSetup } from "../../../core/guard/setup.ts";
import { listScopes } from "../discovery/scopes.ts";
import type { ScopeWords } from "./page.ts";

const known: Readonly<Record<string, string>> = {
  ".default": "Everything that you or your administrator have already allowed",
  offline_access: "Keep access while you are not using it",
  openid: "Know who you are",
  profile: "See your name",
  email: "See your e-mail address",
};

/**
 * Describes scopes in the words of the routes that require them: their summaries, and the names of tools.
 *
 * @param authority where the user signs in
 * @param prefix of the API's own scopes, without a slash at the end
 * @param scope as Entra gets it
 */
export function describeScopes(
  app: App,
  setup: GateSetup,
  authority: string,
  prefix: string,
  scope: string,
): readonly ScopeWords[] {
  return scope.split(" ").map((item) => {
    const name = item.startsWith(`${prefix}/`) ? item.slice(prefix.length + 1) : item;
    const words = known[name];
    return { scope: name, words: words === undefined ? findWords(name, app, setup, authority) : [words] };
  });
}

function findWords(scope: string, app: App, setup: GateSetup, authority: string): readonly string[] {
  const { routes, parts } = readDeclarations(app);
  const summaries = routes.flatMap(({ access, operation: { summary } }) =>
    summary !== undefined && listScopes([access], setup, [authority]).includes(scope) ? [summary] : [],
  );
  const names = parts.flatMap(({ names }) =>
    (names?.entries ?? []).flatMap(([kind, name]) => {
      const access = names?.accessOf(kind, name);
      if (name === "*" || access === undefined || !listScopes([access], setup, [authority]).includes(scope)) return [];
      return [name];
    }),
  );
  return [...new Set([...summaries, ...names])].slice(0, limits.facadeScopeWords);
}
