import { describe, expect, it } from "vitest";
import { removeRequestCookies } from "../../src/forwarding/request-headers.ts";
import { removeResponseCookies } from "../../src/forwarding/response.ts";
import { toUrl } from "../support/origin.ts";

type Cookies = (typeof toUrl)["cookies"];
type Removal = typeof removeRequestCookies | typeof removeResponseCookies;

/** @returns the headers that are left, what the function returned, and whose dropped cookies it noted */
function remove(work: Removal, sent: [string, string][], cookies: Cookies) {
  const headers = new Headers(sent);
  const noted: string[] = [];
  const removed = work(headers, new Map(headers), { ...toUrl, cookies }, (sender) => noted.push(sender));
  expect(work(new Headers(sent), new Map(sent), { ...toUrl, cookies }, undefined)).toBe(removed);
  return { left: [...headers], removed, noted };
}

describe("cookies of a request", () => {
  const kept: [string, string] = ["x-kept", "a"];
  const own: [string, string] = ["cookie", "a=1; entra-gate-consent-x=2"];

  it.each<[[string, string][], Cookies, [string, string][], string[]]>([
    [[kept], "forward", [kept], []],
    [[kept], "strip", [kept], []],
    [[kept, own], "forward", [["cookie", "a=1"], kept], []],
    [[kept, own], "strip", [kept], ["caller"]],
    [[kept, ["cookie2", "$Version=1"]], "forward", [kept], []],
    [[kept, ["cookie2", "$Version=1"]], "strip", [kept], []],
  ])("%j with the mode %s are %j", (sent, cookies, left, noted) => {
    expect(remove(removeRequestCookies, sent, cookies)).toEqual({ left, removed: undefined, noted });
  });
});

describe("cookies of a response", () => {
  const kept: [string, string] = ["x-kept", "a"];
  const own: [string, string] = ["set-cookie", "entra-gate-consent-x=2"];
  const other: [string, string] = ["set-cookie", "a=1"];
  const obsolete: [string, string] = ["set-cookie2", "a=1"];
  const clear: [string, string] = ["clear-site-data", '"cookies"'];

  it.each<[[string, string][], Cookies, [string, string][], boolean, string[]]>([
    [[kept], "forward", [kept], false, []],
    [[kept], "strip", [kept], false, []],
    [[kept, other], "forward", [other, kept], false, []],
    [[kept, own], "forward", [kept], true, []],
    [[kept, other, obsolete], "forward", [other, kept], true, []],
    [[kept, clear], "forward", [clear, kept], false, []],
    [[kept, other], "strip", [kept], true, ["origin"]],
    [[kept, obsolete], "strip", [kept], true, ["origin"]],
    [[kept, clear], "strip", [kept], true, ["origin"]],
  ])("%j with the mode %s are %j", (sent, cookies, left, removed, noted) => {
    expect(remove(removeResponseCookies, sent, cookies)).toEqual({ left, removed, noted });
  });
});
