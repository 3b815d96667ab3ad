/** What a body says that it is. */
export interface MediaType {
  /** In lower case, without parameters; empty where nothing is said. */
  readonly essence: string;
  /** Values by names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** No quoted separators or escapes, which a reader could take for what they are not, and none of the names with `*` of RFC 8187. */
const plainParameter = /^([!#$%&'+.^_`|~\w-]+)=(?:([^\s",;\\]+)|"([^",;\\]*)")$/;

/** ASP.NET on .NET Framework finds a character set in another parameter's value (HttpRequest.cs in Microsoft's reference source). */
const hiddenCharset = /\scharset[\s=]/i;

/**
 * Reads the type of a body (RFC 9110 section 8.3.1).
 *
 * @param header value of `Content-Type`, `null` where it is absent
 * @returns `undefined` where readers could see different parameters: one that is said twice, quoted separators, no parameter
 */
export function readMediaType(header: string | null): MediaType | undefined {
  const [essence = "", ...rest] = (header ?? "").split(";");
  const parameters = new Map<string, string>();
  for (const text of rest.map(trim)) {
    if (text === "") continue;
    const [, name, token, quoted] = plainParameter.exec(text) ?? [];
    if (name === undefined || parameters.has(name.toLowerCase()) || hiddenCharset.test(quoted ?? "")) return undefined;
    parameters.set(name.toLowerCase(), token ?? quoted ?? "");
  }
  return { essence: trim(essence).toLowerCase(), parameters };
}

/** Whether what is said can be read, and no other character set. Whatever would be read in another is not what was checked. */
export function isUtf8(mediaType: MediaType | undefined): mediaType is MediaType {
  return mediaType !== undefined && /^utf-?8$/i.test(mediaType.parameters.get("charset") ?? "utf-8");
}

/** White space of HTTP alone: to others, a no-break space is part of the value. */
function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, "");
}
