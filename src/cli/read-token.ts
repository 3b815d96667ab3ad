import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { UsageError } from "./usage-error.ts";

/**
 * Reads the token from the argument, from standard input, or from a prompt that does not show it. It is not stored.
 *
 * @returns value of an Authorization header
 * @throws UsageError if there is no token
 */
export async function readCredential(argument: string | undefined): Promise<string> {
  const isAsked = argument === undefined && process.stdin.isTTY === true;
  const text = isAsked ? await ask() : argument === undefined || argument === "-" ? await readInput() : argument;
  const token = text.trim();
  if (token === "")
    throw new UsageError("the token is missing: pass it as the argument, pipe it in, or paste it when asked");
  return toCredential(token);
}

/** Accepts what a clipboard contains: a token, a Bearer credential, or a whole header line. */
export function toCredential(text: string): string {
  const value = text.replace(/^authorization:\s*/i, "");
  return /^bearer\b/i.test(value) ? value : `Bearer ${value}`;
}

async function readInput(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) text += chunk;
  return text;
}

async function ask(): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  process.stderr.write("Access token (not shown): ");
  try {
    return await lines.question("");
  } finally {
    lines.close();
    process.stderr.write("\n");
  }
}
