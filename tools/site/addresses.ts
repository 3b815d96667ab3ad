import manifest from "../../package.json" with { type: "json" };

/**
 * Finds out whether an address of the package exists. Until it does, nothing that users read leads there.
 *
 * @param url of `homepage`, `bugs` or `repository`
 * @returns `undefined` for a placeholder, whose host ends in `.example`
 */
export function findAddress(url: string): string | undefined {
  return new URL(url).hostname.endsWith(".example") ? undefined : url.replace(/^git\+|\/$|\.git$/g, "");
}

/** Where the site is served, without a slash at the end. */
export const siteAddress = findAddress(manifest.homepage);
export const repositoryAddress = findAddress(manifest.repository.url);
