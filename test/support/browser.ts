import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of Chromium on this machine; `undefined` if there is none. */
export const chromiumPath = [process.env.CHROMIUM_PATH ?? "", ...paths].find((path) => path !== "" && existsSync(path));

/** Starts it headless. It has no sandbox, because that cannot start as root, and tests open only local pages. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ ...(chromiumPath && { executablePath: chromiumPath }), args: ["--no-sandbox"] });
}
