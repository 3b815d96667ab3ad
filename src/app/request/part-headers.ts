import { decodeUtf8 } from "../../base/common/utf8.ts";
import { type MediaType, readMediaType } from "../../base/http/media-type.ts";
import { trim } from "../../base/http/trim.ts";
import { BadRequestError } from "../errors/errors.ts";

/** The headers of a form's part. */
export interface PartHeaders {
  readonly name: string;
  /** `undefined` for a field. Empty if no file was selected. */
  readonly filename: string | undefined;
  readonly mediaType: MediaType | undefined;
  /** Announced length in bytes, if there is one. */
  readonly length: number | undefined;
}

const headerLine = /^([!#$%&'*+.^_`|~\w-]+):([^\p{Cc}\p{Zl}\p{Zp}]*)$/u;

/**
 * Parsers disagree whether a backslash escapes a quote, so the value can end there. PHP treats an apostrophe as a
 * quote.
 */
const parameter =
  /; *(?:(name|filename)=(?:([!#$%&*+.^_`|~\w-]+)|"((?:[^"\\]|\\(?!"))*)")|(filename\*)=([!#$%&'+.^_`|~\w-]+))/iy;

/** After a name with only one bracket, PHP ignores every file. */
const plainBrackets = /^[^[\]]*(?:\[[^[\]]*\][^[\]]*)*$/;

/**
 * Reads the headers of a form's part. It rejects headers that parsers read differently (RFC 7578 section 4, RFC 6266),
 * and ignores unknown ones (RFC 7578 section 4.8).
 *
 * @param block header lines without the empty line after them
 * @throws BadRequestError that says why they are rejected
 */
export function readPartHeaders(block: string): PartHeaders {
  const headers = readLines(block);
  const disposition = readDisposition(headers.get("content-disposition") ?? "");
  if (!/^(?:7bit|8bit|binary)$/i.test(headers.get("content-transfer-encoding") ?? "7bit")) {
    throw formFault("Content-Transfer-Encoding must be 7bit, 8bit or binary");
  }
  if (!/^identity$/i.test(headers.get("content-encoding") ?? "identity"))
    throw formFault("a part must not be compressed");
  const type = headers.get("content-type");
  const mediaType = type === undefined ? undefined : readMediaType(type);
  if (type !== undefined && !isPartType(mediaType)) throw formFault("the Content-Type of a part cannot be read");
  if (disposition.filename === undefined && mediaType?.essence === "application/octet-stream") {
    throw formFault("a part of application/octet-stream must have a filename");
  }
  const announced = headers.get("content-length");
  if (announced !== undefined && !/^\d{1,15}$/.test(announced))
    throw formFault("the Content-Length of a part cannot be read");
  return { ...disposition, mediaType, length: announced === undefined ? undefined : Number(announced) };
}

/** Headers by lower-case name. Of repeated unknown headers, the last is kept. */
function readLines(block: string): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const line of block.split("\r\n")) {
    const [, written, value] = headerLine.exec(line) ?? [];
    if (written === undefined || value === undefined) throw formFault("a header of a part must be one line");
    const name = written.toLowerCase();
    if (name.startsWith("content-") && headers.has(name)) throw formFault(`a part has two headers ${name}`);
    headers.set(name, trim(value, / /));
  }
  return headers;
}

function readDisposition(value: string): Pick<PartHeaders, "name" | "filename"> {
  const parameters = readParameters(value);
  if (parameters === undefined) {
    throw formFault("Content-Disposition must be form-data with a plain name and filename, each given once");
  }
  const name = parameters.get("name") ?? "";
  if (!plainBrackets.test(name) || name === "" || /\\|=\?/.test(name))
    throw formFault("the name of a part must be plain text");
  const filename = readFilename(parameters.get("filename"), parameters.get("filename*"));
  if (filename === false) throw formFault("filename* must be in UTF-8 and name the same file as filename");
  // Some parsers drop such a file.
  if (filename && /(?:^|[\\/])\.{0,2}$/.test(filename)) throw formFault("the filename of a part must name a file");
  return { name: unescapeName(name), filename };
}

/** @returns `undefined` if a parameter is unknown or repeated, or its value looks like another parameter */
function readParameters(value: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  let end = /^form-data/i.test(value) ? "form-data".length : -1;
  while (end !== -1 && end < value.length) {
    parameter.lastIndex = end;
    const [, plainName, token, quoted, extendedName, extended] = parameter.exec(value) ?? [];
    const name = (plainName ?? extendedName ?? "").toLowerCase();
    const text = token ?? quoted ?? extended ?? "";
    if (name === "" || parameters.has(name) || /name[*\d]* *=/i.test(text)) return undefined;
    parameters.set(name, text);
    end = parameter.lastIndex;
  }
  return end === -1 ? undefined : parameters;
}

/**
 * .NET sends a file name twice: plain or as an encoded word (RFC 2047) in `filename`, and in `filename*`.
 *
 * @returns `false` if parsers could read different names
 */
function readFilename(plain: string | undefined, extended: string | undefined): string | undefined | false {
  if (extended === undefined) return plain?.includes("=?") ? false : plain && unescapeName(plain);
  if (plain === undefined) return false;
  const [, encoded] = /^utf-8''([\w!#$&+.^`|~%-]*)$/i.exec(extended) ?? [];
  const [, word] = /^=\?utf-8\?b\?([\w+/]+=*)\?=$/i.exec(plain) ?? [];
  try {
    const filename = decodeURIComponent(encoded ?? "%");
    const other = word === undefined ? plain : decodeWord(word);
    return other === filename && filename !== "" ? filename : false;
  } catch {
    return false;
  }
}

function decodeWord(base64: string): string {
  return decodeUtf8(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
}

/** Characters in names that browsers escape (HTML Standard, "multipart/form-data encoding algorithm"). */
function unescapeName(text: string): string {
  return text.replace(/%22/g, '"').replace(/%0d/gi, "\r").replace(/%0a/gi, "\n");
}

/** Some parsers would also read the parts of a nested form. */
function isPartType(mediaType: MediaType | undefined): boolean {
  const essence = mediaType?.essence ?? "";
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(essence) && !/^multipart\/|\/x-www-form-urlencoded$/.test(essence);
}

/** Creates the error for a form that is rejected. */
export function formFault(what: string): BadRequestError {
  return new BadRequestError(`Invalid form: ${what}.`);
}
