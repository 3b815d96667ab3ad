import { toCredential } from "./credential.ts";
import { askLine } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";

/** Much longer than any token that the gate accepts. */
const inputCharacters = 1024 * 1024;

/** @returns value of an Authorization header, from what `readPasted` reads */
export async function readCredential(argument: string | undefined): Promise<string> {
  return toCredential(await readPasted(argument));
}

/**
 * Reads the token from the argument, from standard input, or from a prompt that does not show it. It is not stored.
 *
 * @throws UsageError if there is no token
 */
export async function readPasted(argument: string | undefined): Promise<string> {
  const isAsked = argument === undefined && process.stdin.isTTY === true;
  const text = isAsked
    ? await askLine("Access token (not shown): ", true)
    : argument === undefined || argument === "-"
      ? await readInput()
      : argument;
  const token = text.trim();
  if (token === "") throw new UsageError("the token is missing: pipe it in, as in < token.txt, or paste it when asked");
  return token;
}

async function readInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk;
    if (text.length > inputCharacters)
      throw new UsageError("standard input is longer than a token can be: pipe in the token alone, as in < token.txt");
  }
  return text;
}
