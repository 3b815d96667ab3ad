import { limits } from "../limits.ts";
import { BadRequestError } from "./errors.ts";
import { type JsonRules, parseJson } from "./json.ts";
import { type MediaType, readMediaType } from "./media-type.ts";
import { addMember, type Members } from "./members.ts";

/** How bodies are read. */
export interface BodyRules extends JsonRules {
  /** Media types that are read. */
  readonly accepts: readonly string[];
  readonly limitBytes: number;
}

const formTypes = ["application/x-www-form-urlencoded", "multipart/form-data"];

/** Whether there is a reader for a media type: JSON, forms, text. */
export function isReadable(mediaType: string): boolean {
  return isJson(mediaType) || formTypes.includes(mediaType) || /^text\/[a-z0-9.+-]+$/.test(mediaType);
}

function isJson(mediaType: string): boolean {
  return /^application\/(?:[a-z0-9.-]+\+)?json$/.test(mediaType);
}

/**
 * Makes a value of a body.
 *
 * @returns `undefined` for an empty one
 * @throws BadRequestError where it is not what its type says, or holds a name that no object should have
 */
export async function parseBody(bytes: Uint8Array<ArrayBuffer>, headers: Headers, rules: BodyRules): Promise<unknown> {
  if (bytes.byteLength === 0) return undefined;
  const type = headers.get("content-type") as string;
  const { essence, parameters } = readMediaType(type) as MediaType;
  if (isJson(essence)) return parseJson(decode(bytes), rules);
  if (!formTypes.includes(essence)) return decode(bytes);
  if (essence === "multipart/form-data" && !isAllParts(bytes, parameters.get("boundary"))) {
    throw new BadRequestError("The body is no form.");
  }
  return parseForm(bytes, type);
}

/**
 * Whether a form of several parts is nothing but them, each between whole lines of the boundary: PHP also reads parts behind the
 * last, and behind a line that ends in LF alone.
 */
function isAllParts(bytes: Uint8Array, boundary: string | undefined): boolean {
  const [before, ...parts] = new TextDecoder("latin1").decode(bytes).split(`--${boundary}`);
  const end = parts.pop();
  return (
    before === "" &&
    /^--(?:\r\n)?$/.test(end ?? "") &&
    parts.every((part) => part.startsWith("\r\n") && part.endsWith("\r\n"))
  );
}

async function parseForm(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<Members> {
  const form: Members = {};
  let count = 0;
  const entries = await new Response(bytes, { headers: { "content-type": type } }).formData().catch(() => {
    throw new BadRequestError("The body is no form.");
  });
  for (const [name, value] of entries) {
    count += 1;
    if (count > limits.bodyNames || !addMember(form, name, value)) throw new BadRequestError("Invalid form");
  }
  return form;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BadRequestError("The body is not UTF-8.");
  }
}
