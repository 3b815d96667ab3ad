/** Where the documentation is served. No other module names this address. */
export const docsSite = "https://docs.entra-gate.example";

/**
 * Links to a page of the documentation, for messages that users read.
 *
 * @param page path of the page in docs/, without an extension: `reference/reasons`
 * @param anchor of a heading on the page, without `#`
 */
export function linkToDocs(page: string, anchor?: string): string {
  return `${docsSite}/${page}${anchor === undefined ? "" : `#${anchor}`}`;
}
