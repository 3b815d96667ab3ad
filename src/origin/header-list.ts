/** Names in lower case, each with its value. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

/** Bytes of names and values, where all are ASCII. */
export function countBytes(headers: HeaderList): number {
  return headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
}
