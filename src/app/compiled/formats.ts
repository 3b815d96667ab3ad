/** Checks numbers of a format. */
export interface NumberFormat {
  /** What the format applies to. */
  readonly type: "number";
  /** Whether a number has the format. */
  validate(value: number): boolean;
}

/**
 * Formats of JSON Schema and of OpenAPI that compiled schemas check, by name. Each takes time in proportion to the
 * text.
 */
export const formats: Readonly<Record<string, ((text: string) => boolean) | NumberFormat>> = {
  date: isDate,
  "date-time": isDateTime,
  uuid: (text: string) => /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text),
  email: isEmail,
  ipv4: isIpv4,
  byte: (text: string) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  int32: { type: "number", validate: (value: number) => isBetween(value, -(2 ** 31), 2 ** 31 - 1) },
  int64: { type: "number", validate: (value: number) => isBetween(value, -(2 ** 63), 2 ** 63 - 1024) },
};

const lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** RFC 3339 section 5.6, `full-date`. */
function isDate(text: string): boolean {
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? [];
  if (day === undefined || Number(day) === 0) return false;
  const isLeap = Number(year) % 4 === 0 && (Number(year) % 100 !== 0 || Number(year) % 400 === 0);
  return Number(day) <= (month === "02" && isLeap ? 29 : (lengths[Number(month) - 1] ?? 0));
}

/** RFC 3339 section 5.6, `date-time`. A leap second is one at the end of any minute. */
function isDateTime(text: string): boolean {
  const time = /^[Tt](?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;
  return isDate(text.slice(0, 10)) && time.test(text.slice(10));
}

/** As browsers check `<input type="email">`, with at most 254 characters (RFC 5321 section 4.5.3.1.3). */
function isEmail(text: string): boolean {
  const [local = "", domain = "", ...others] = text.split("@");
  const isLabel = (label: string) => /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(label);
  const isLocal = /^[\w.!#$%&'*+/=?^`{|}~-]+$/.test(local);
  return text.length <= 254 && others.length === 0 && isLocal && domain.split(".").every(isLabel);
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)$/.test(part));
}

function isBetween(value: number, least: number, most: number): boolean {
  return Number.isInteger(value) && value >= least && value <= most;
}
