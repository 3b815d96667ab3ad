import { readEntry, readUri } from "./readings.ts";
import { isPortAlike, reduce, type Skeleton, writeNames } from "./skeleton.ts";
import { readTemplate, writeForms } from "./template.ts";

/**
 * Compares URIs with the entries of a map. The entries are reduced once.
 *
 * @param entries URIs and templates of URIs
 * @returns finds the templates of which a URI that is no entry is an expansion; `undefined` if a server could read the
 * URI as an entry or as another expansion, or if the gate cannot tell how servers read it
 */
export function createUriComparison(entries: readonly string[]): (uri: string) => readonly string[] | undefined {
  const isLikeEntry = createEntryComparison(entries);
  const templates = entries.flatMap((entry) => {
    const template = readTemplate(entry);
    return template === undefined ? [] : [{ entry, ...template }];
  });
  return (uri) => {
    const readings = readUri(uri);
    if (readings === undefined) return undefined;
    const skeletons = [...readings].map(reduce);
    if (skeletons.some(isLikeEntry)) return undefined;
    const found = templates.filter(({ matches }) => matches(uri));
    if (found.length > 0 || templates.length === 0) return found.map(({ entry }) => entry);
    const forms = skeletons.map(writeForms);
    return templates.some((template) => forms.some(template.isLike)) ? undefined : [];
  };
}

function createEntryComparison(entries: readonly string[]): (skeleton: Skeleton) => boolean {
  const skeletons = entries.flatMap((entry) => [...readEntry(entry)].map(reduce));
  const known = Map.groupBy(skeletons, ({ scheme, bare }) => writeNames(scheme, bare));
  return ({ scheme, whole, bare, port, hasHost }) => {
    const alike = known.get(writeNames(scheme, bare)) ?? [];
    return alike.some((entry) =>
      entry.hasHost || hasHost
        ? isPortAlike(entry.port, port)
        : writeNames(entry.scheme, entry.whole) === writeNames(scheme, whole),
    );
  };
}
