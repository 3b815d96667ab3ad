import { expect, it } from "vitest";
import { nameMethod } from "../../../src/base/http/method.ts";

it.each(["GET", "QUERY", "PROPFIND", "VERSION-CONTROL", "TRACE", ""])("names %j", (method) => {
  expect(nameMethod(method)).toBe(method);
});

it.each(["get", "PURGE", "X".repeat(61_000), "eyJhbGciOiJSUzI1NiJ9.eyJ0aWQiOiJhIn0.c2ln", "constructor"])(
  "names a method that is not registered other: %.40s",
  (method) => {
    expect(nameMethod(method)).toBe("other");
  },
);
