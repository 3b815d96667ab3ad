import { describe, expect, it } from "vitest";
import { isLoopback } from "../../../src/base/http/loopback.ts";

const isLoopbackUrl = (url: string) => isLoopback(new URL(url).hostname);

describe("isLoopback", () => {
  it.each([
    "http://localhost/",
    "http://LOCALHOST:8787/",
    "http://entra.localhost/",
    "http://127.0.0.1:8788/",
    "http://127.255.255.254/",
    "http://127.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://[::1]:8787/",
    "http://[0:0:0:0:0:0:0:1]/",
  ])("recognizes this machine as %s", (url) => {
    expect(isLoopbackUrl(url)).toBe(true);
  });

  it.each([
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "http://notlocalhost/",
    "http://localhost@evil.example/",
    "http://evil.example/localhost",
    "http://128.0.0.1/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://169.254.169.254/",
    "http://[::]/",
    "http://[::2]/",
    "http://[::ffff:10.0.0.1]/",
    "http://localhost./",
  ])("treats %s as another machine", (url) => {
    expect(isLoopbackUrl(url)).toBe(false);
  });

  it.each(["evil127.0.0.1", "127.0.0.1.5", "127.0.0", "127.0.0.1234", "[::1", "::1", ""])(
    "treats %j as another machine, although no URL can contain it",
    (hostname) => {
      expect(isLoopback(hostname)).toBe(false);
    },
  );
});
