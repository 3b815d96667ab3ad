import { afterAll, expect } from "vitest";

const before = { Request, Response, Headers, fetch };

// Test files share a process: a class that one file replaces is the class of every later file.
afterAll(() => {
  const after = { Request, Response, Headers, fetch };
  const replaced = Object.entries(before).filter(([name, value]) => after[name as keyof typeof after] !== value);
  expect(replaced.map(([name]) => name)).toEqual([]);
});
