import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const paths = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Path of Chromium on this machine; `undefined` if there is none. */
export const chromiumPath = [process.env.CHROMIUM_PATH ?? "", ...paths].find((file) => file !== "" && existsSync(file));

/** Path of the program that imports an authority for Chromium (libnss3-tools); `undefined` if there is none. */
export const certutilPath = ["/usr/bin/certutil"].find((file) => existsSync(file));

/** Longer than any step takes on a busy machine. */
const pageMilliseconds = 120_000;

/**
 * Starts it headless. It has no sandbox, because that cannot start as root, and tests open only local pages.
 *
 * @param args options of Chromium
 */
export function startBrowser(args: readonly string[] = []): Promise<Browser> {
  return launch(args);
}

/**
 * Starts a browser of a user who has imported an authority, as the command `entra` says. It ignores no error of
 * certificates.
 *
 * @param certificate file of the authority
 */
export async function startTrustingBrowser(certificate: string, args: readonly string[] = []): Promise<Browser> {
  const home = mkdtempSync(path.join(tmpdir(), "browser-"));
  const store = path.join(home, ".pki/nssdb");
  mkdirSync(store, { recursive: true });
  const run = (...options: readonly string[]) => execFileSync(certutilPath!, ["-d", `sql:${store}`, ...options]);
  run("-N", "--empty-password");
  run("-A", "-n", "entra-gate-local", "-t", "C,,", "-i", certificate);
  const browser = await launch(args, { ...process.env, HOME: home });
  browser.once("disconnected", () => rmSync(home, { recursive: true, force: true }));
  return browser;
}

function launch(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath && { executablePath: chromiumPath }),
    ...(env && { env: env as Record<string, string> }),
    args: ["--no-sandbox", ...args],
  });
}

/** Opens a page that waits as long as a test may take. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<Page> {
  const page = await browser.newPage(options);
  page.context().setDefaultTimeout(pageMilliseconds);
  return page;
}
