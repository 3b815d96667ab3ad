import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where this machine has a Chromium; `undefined` where it has none. */
export const chromiumPath = [process.env.CHROMIUM_PATH ?? "", ...paths].find((path) => path !== "" && existsSync(path));

/** Starts it headless, and without its sandbox: that does not start as root, and only local pages are opened. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ ...(chromiumPath && { executablePath: chromiumPath }), args: ["--no-sandbox"] });
}
