import * as limits from "../../base/common/limits.ts";
import { decodeUtf8 } from "../../base/common/utf8.ts";
import type { MediaType } from "../../base/http/media-type.ts";
import { formFault, readPartHeaders } from "./part-headers.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** RFC 2046 section 5.1.1. */
const plainBoundary = /^[\w'()+,./:=? -]{0,69}[\w'()+,./:=?-]$/;

/** Character sets in which ASCII text is the same as in UTF-8. */
const asciiCharset = /^(?:us-ascii|iso-8859-\d{1,2}|windows-125\d)$/i;

/**
 * Reads a multipart form (RFC 7578) that every parser reads in the same way, and rejects others. The form must consist
 * only of its parts, each between complete boundary lines. PHP also reads parts after the last one, and after a line
 * that ends in LF alone.
 *
 * @param type of the body
 * @returns its fields and files in order
 * @throws BadRequestError that says what is wrong
 */
export function parseMultipart(bytes: Bytes, { parameters }: MediaType): readonly (readonly [string, string | File])[] {
  const { boundary = "", charset: _, ...others } = Object.fromEntries(parameters);
  // PHP uses the first parameter with "boundary" in its name.
  if (!plainBoundary.test(boundary) || Object.keys(others).length > 0) throw formFault("its boundary cannot be read");
  // One character for each byte.
  const text = new TextDecoder("latin1").decode(bytes);
  const delimiter = `--${boundary}`;
  const entries: [string, string | File][] = [];
  if (!text.startsWith(delimiter)) throw formFault("text comes before its first part");
  let start = delimiter.length;
  for (let end = text.indexOf(delimiter, start); end !== -1; end = text.indexOf(delimiter, start)) {
    const headEnd = text.indexOf("\r\n\r\n", start);
    const isWhole = text.startsWith("\r\n", start) && text.startsWith("\r\n", end - 2);
    if (!isWhole || headEnd <= start || headEnd + 4 > end - 2)
      throw formFault("a part must be between two boundary lines");
    entries.push(readPart(bytes.subarray(start + 2, headEnd), bytes.subarray(headEnd + 4, end - 2)));
    start = end + delimiter.length;
  }
  if (!/^--(?:\r\n)?$/.test(text.slice(start))) throw formFault("text comes after its last part");
  return entries;
}

function readPart(head: Bytes, content: Bytes): [string, string | File] {
  checkHead(head, limits.fileHeaderBytes);
  const { name, filename, mediaType, length } = readPartHeaders(decode(head));
  if (filename === undefined) checkHead(head, limits.fieldHeaderBytes);
  if (length !== undefined && length !== content.byteLength) throw formFault("a part has another length than it says");
  const charset = mediaType?.parameters.get("charset") ?? "utf-8";
  if (filename === undefined) return [name, decodeField(content, charset)];
  // Go treats a part with an empty file name as a field.
  if (filename === "" && content.byteLength > 0) throw formFault("a file has no name");
  return [name, new File([content], filename, { type: mediaType?.essence ?? "text/plain" })];
}

function checkHead(head: Bytes, bytesMaximum: number): void {
  if (head.byteLength > bytesMaximum) throw formFault("the headers of a part are too long");
}

function decodeField(content: Bytes, charset: string): string {
  const isUtf8 = /^utf-?8$/i.test(charset);
  const isSameInUtf8 = () => asciiCharset.test(charset) && content.every((byte) => byte < 0x80);
  if (!isUtf8 && !isSameInUtf8()) throw formFault("a field is not in UTF-8");
  return decode(content);
}

function decode(bytes: Bytes): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw formFault("it is not in UTF-8");
  }
}
