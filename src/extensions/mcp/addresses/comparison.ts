import { readEntry, readUri } from "./readings.ts";
import { isPortAlike, reduce, type Skeleton, splitQuery, writeNames } from "./skeleton.ts";
import { readTemplate, writeForms } from "./template.ts";

/**
 * Compares URIs with the entries of a map. The entries are reduced once.
 *
 * @param entries URIs and templates of URIs
 * @returns a function for URIs that are not entries. It returns the templates that a URI matches, and those that a
 *   server could apply to it. It returns `undefined` in three cases: a server could take the URI for an entry; a server
 *   could apply a template, but the URI matches none; or the gate cannot tell how servers read the URI
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
    if (templates.length === 0) return [];
    const forms = skeletons.map(writeForms);
    const found = templates.filter(({ matches }) => matches(uri));
    const alike = templates.filter(({ isLike }) => forms.some(isLike));
    if (found.length === 0) return alike.length > 0 ? undefined : [];
    return [...new Set([...found, ...alike])].map(({ entry }) => entry);
  };
}

function createEntryComparison(entries: readonly string[]): (skeleton: Skeleton) => boolean {
  const all = entries.flatMap((entry) => [...readEntry(entry)].map(reduce)).map(write);
  const known = Map.groupBy(all, ({ bare }) => bare.base);
  return (skeleton) => {
    const { bare, whole, port, hasHost } = write(skeleton);
    const bareParameters = new Set(bare.parameters);
    const wholeParameters = new Set(whole.parameters);
    return (known.get(bare.base) ?? []).some((entry) =>
      entry.hasHost || hasHost
        ? isPortAlike(entry.port, port) && entry.bare.parameters.every((each) => bareParameters.has(each))
        : entry.whole.base === whole.base && entry.whole.parameters.every((each) => wholeParameters.has(each)),
    );
  };
}

function write({ scheme, whole, bare, port, hasHost }: Skeleton) {
  const writePart = (part: string) => splitQuery(writeNames(scheme, part));
  return { whole: writePart(whole), bare: writePart(bare), port, hasHost };
}
