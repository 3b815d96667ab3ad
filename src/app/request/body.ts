import * as limits from "../../base/common/limits.ts";
import { decodeUtf8 } from "../../base/common/utf8.ts";
import type { MediaType } from "../../base/http/media-type.ts";
import { addMember, type Members } from "../../base/http/members.ts";
import { isCharsetField } from "../../base/http/query.ts";
import { BadRequestError } from "../errors/errors.ts";
import { type JsonRules, parseJson } from "./json.ts";
import { parseMultipart } from "./multipart.ts";

/** How bodies are read. */
export interface BodyRules extends JsonRules {
  /** Accepted media types. */
  readonly accepts: readonly string[];
  readonly limitBytes: number;
}

const jsonType = /^application\/(?:[a-z0-9.-]+\+)?json$/;
const formTypes = ["application/x-www-form-urlencoded", "multipart/form-data"];

/** Whether a media type can be read: JSON, forms or text. */
export function isReadable(mediaType: string): boolean {
  return jsonType.test(mediaType) || formTypes.includes(mediaType) || /^text\/[a-z0-9.+-]+$/.test(mediaType);
}

/** Whether a body is a form. */
export function isForm(mediaType: MediaType | undefined): boolean {
  return formTypes.includes(mediaType?.essence ?? "");
}

/**
 * Parses a body.
 *
 * @param mediaType that `readBody` has accepted; only an empty body may have none
 * @returns `undefined` if it is empty
 * @throws BadRequestError if it does not match its type, or contains a dangerous name
 */
export function parseBody(bytes: Uint8Array<ArrayBuffer>, mediaType: MediaType | undefined, rules: BodyRules): unknown {
  if (bytes.byteLength === 0) return undefined;
  const { essence } = mediaType as MediaType;
  if (jsonType.test(essence)) return parseJson(decode(bytes), rules);
  if (!formTypes.includes(essence)) return decode(bytes);
  const limit = rules.forOrigin ? limits.originPairs : limits.bodyNames;
  if (essence === "multipart/form-data") return collect(parseMultipart(bytes, mediaType as MediaType), limit);
  const text = decode(bytes);
  rules.forOrigin?.checkForm(text);
  return collect(new URLSearchParams(`?${text}`), limit);
}

/** @throws BadRequestError if there are too many fields, or a name is dangerous */
function collect(entries: Iterable<readonly [string, unknown]>, limit: number): Members {
  const form: Members = {};
  let count = 0;
  for (const [name, value] of entries) {
    count += 1;
    if (count > limit || isCharsetField(name) || !addMember(form, name, value))
      throw new BadRequestError("Invalid form");
  }
  return form;
}

function decode(bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch {
    throw new BadRequestError("The body is not UTF-8.");
  }
}
