import { describe, expect, it } from "vitest";
import { createKnownHeaders } from "../../src/token/header.ts";

describe("createKnownHeaders", () => {
  it("recognizes a header by its exact text", () => {
    const headers = createKnownHeaders();
    const header = { alg: "RS256", kid: "one" };
    headers.add("eyJh", header);
    expect(headers.get("eyJh")).toBe(header);
    expect([headers.get("eyJH"), headers.get("eyJh "), headers.get("")]).toEqual([undefined, undefined, undefined]);
  });

  it("holds at most its number of headers, and starts again when it is full", () => {
    const headers = createKnownHeaders(3);
    for (const text of ["a", "b", "c"]) headers.add(text, {});
    expect(["a", "b", "c"].filter((text) => headers.get(text) !== undefined)).toEqual(["a", "b", "c"]);
    headers.add("d", {});
    expect(["a", "b", "c", "d"].filter((text) => headers.get(text) !== undefined)).toEqual(["d"]);
  });

  it("drops nothing when it gets a known header", () => {
    const headers = createKnownHeaders(2);
    for (const text of ["a", "b", "b"]) headers.add(text, {});
    expect(["a", "b"].filter((text) => headers.get(text) !== undefined)).toEqual(["a", "b"]);
  });
});
