import * as limits from "../common/limits.ts";
import { fileName, hasAliases, isAmbiguous } from "./path.ts";

/** A path under which a web server may also serve another path. */
export interface Alias {
  readonly path: string;
  /**
   * What is at the path: a `file`, which gets the rest of the path as PATH_INFO (RFC 3875); a `folder` with an index
   * page, or an application with one script; or the target of a rewrite rule that passes the path as a `parameter`.
   */
  readonly kind: "file" | "folder" | "parameter";
}

const scriptName = /\.(?:php\d?|phtml|f?cgi|p[ly]|rb|aspx?|ashx|dll|exe|jsp|cfm)\b/i;
const programs = /^\s*cgi-bin[.\s]*(?:$|:)/i;
const folderPage = /^\s*(?:index|default)\.[a-z]/i;

/**
 * Finds the other paths under which web servers may serve some paths, for any combination and order of their rules.
 *
 * @param paths decoded: a path and its other readings, which share one size limit with the aliases
 * @returns `undefined` if there are too many, or one of them is ambiguous
 */
export function readAliases(paths: ReadonlySet<string>): readonly Alias[] | undefined {
  const aliases: Alias[] = [];
  const seen = new Set(paths);
  const [, ...readings] = paths;
  let characters = readings.join("").length;
  // The loop also visits the paths that it adds.
  for (const path of seen) {
    if (!hasAliases(path)) continue;
    for (const alias of listAliases(path)) {
      // To create an equal alias costs as much.
      characters += alias.path.length;
      if (characters > limits.pathReadingCharacters) return undefined;
      if (seen.has(alias.path)) continue;
      if (alias.path.split("/").some(isAmbiguous)) return undefined;
      seen.add(alias.path);
      aliases.push(alias);
    }
  }
  return aliases;
}

function* listAliases(path: string): Generator<Alias> {
  const segments = path.split("/");
  const last = segments.length - 1;
  const name = (kind: Alias["kind"], ...parts: readonly string[]): Alias => ({ kind, path: parts.join("/") || "/" });
  for (let index = 1; index < last; index += 1) {
    const segment = segments[index] as string;
    // Apache with PHP or CGI, nginx with fastcgi_split_path_info, lighttpd.
    if (fileName.test(segment) || programs.test(segments[index - 1] ?? "")) {
      yield name("file", ...segments.slice(0, index + 1));
    }
    // An application with a single script.
    if (scriptName.test(segment)) yield name("folder", ...segments.slice(0, index), ...segments.slice(index + 1));
  }
  if (folderPage.test(segments[last] as string)) yield name("folder", ...segments.slice(0, last));
  // A rewrite to `index.php?url=$1`, as with mod_rewrite. An ampersand ends the parameter, and the last parameter of a
  // name counts.
  const [start = "", ...parameters] = path.split("&");
  if (parameters.length > 0) yield name("parameter", start);
  for (const parameter of parameters) {
    const equals = parameter.indexOf("=");
    if (equals !== -1) yield name("parameter", `/${parameter.slice(equals + 1).replace(/^\/+/, "")}`);
  }
}
