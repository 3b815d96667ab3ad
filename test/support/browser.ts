import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of Chromium on this machine; `undefined` if there is none. */
export const chromiumPath = [process.env.CHROMIUM_PATH ?? "", ...paths].find((path) => path !== "" && existsSync(path));

/** Longer than any step takes on a busy machine. */
const pageMilliseconds = 120_000;

/** Starts it headless. It has no sandbox, because that cannot start as root, and tests open only local pages. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({ ...(chromiumPath && { executablePath: chromiumPath }), args: ["--no-sandbox"] });
}

/** Opens a page that waits as long as a test may take. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.context().setDefaultTimeout(pageMilliseconds);
  return page;
}
