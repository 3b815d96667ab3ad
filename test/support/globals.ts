import { afterAll, expect } from "vitest";

const before = { Request, Response, Headers, fetch };
const { env } = process;

// Test files share a process: what one file replaces stays replaced in every later file.
afterAll(() => {
  const after = { Request, Response, Headers, fetch };
  const replaced = Object.entries(before).filter(([name, value]) => after[name as keyof typeof after] !== value);
  expect(replaced.map(([name]) => name)).toEqual([]);
  // A copy looks the same, but programs that a later file starts do not get what is set in it.
  expect(process.env === env).toBe(true);
});
