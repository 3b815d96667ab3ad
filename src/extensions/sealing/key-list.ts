/** `name:key`, the newest first, separated by commas or spaces. */
const keyList = /^[A-Za-z0-9]{1,16}:[A-Za-z0-9_-]{43}=?(?:[\s,]+[A-Za-z0-9]{1,16}:[A-Za-z0-9_-]{43}=?)*$/;

/** What is wrong with any other text. */
export const keyListProblem = "is not a list of names and 32-byte keys";

/** Whether a text is a list of names and keys. */
export function isKeyList(text: string): boolean {
  return keyList.test(text.trim());
}
