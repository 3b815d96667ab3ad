// Pages in Chromium that a developer visits while `entra-gate dev` runs.
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type LoopbackServer, serveFetch } from "../../../../cli/common/loopback.ts";
import { tenants } from "../../../../entra/directory/directory.ts";
import { chromiumPath, openPage, startBrowser } from "../../../support/browser.ts";
import { type Launcher, startLauncher } from "../../../support/launcher.ts";
import { createProject, type TestProject, wranglerText } from "../support/project.ts";

/** What a page sends. */
interface Sent {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  readonly mode?: "no-cors";
}

/** A worker with a public route, which counts its scheduled runs, in front of the sample origin. */
const worker = `let runs = 0;
const routes = new App()
  .get("/open", { public: true }, () => ({ status: 200, body: "open " + runs }))
  .get("/orders", { hooks: requireAuth("access_as_user") }, origin());
const gate = createGate({ routes });
export default { fetch: gate.fetch, scheduled() { runs += 1; } };`;
/** Where Wrangler shows the values of the worker's KV namespace, and changes them. */
const storePath = "/cdn-cgi/local/explorer/api/storage/kv/namespaces/store";

describe.skipIf(chromiumPath === undefined)("a page in Chromium", () => {
  let project: TestProject;
  let launcher: Launcher;
  let other: LoopbackServer;
  let browser: Browser;
  let page: Page;
  let urls: Record<"gate" | "entra" | "origin", string>;

  beforeAll(async () => {
    project = createProject(worker, {
      "wrangler.toml": `${wranglerText}kv_namespaces = [{ binding = "STORE", id = "store" }]\n`,
    });
    launcher = await startLauncher([], { cwd: project.folder });
    const find = (name: string) => new RegExp(`^${name} +(\\S+)$`, "m").exec(launcher.output())?.[1] ?? "";
    urls = { gate: find("Gate"), entra: find("Local Entra"), origin: find("Sample origin") };
    other = await serveFetch(() => new Response("<title>Other</title>", { headers: { "Content-Type": "text/html" } }));
    browser = await startBrowser(["--host-resolver-rules=MAP evil.example 127.0.0.1"]);
  });
  afterAll(async () => {
    await browser?.close();
    await other?.stop();
    await launcher?.stop();
    project?.remove();
  });
  beforeEach(async () => {
    page = await openPage(browser);
  });
  afterEach(() => page.context().close());

  const underEvilName = (url: string) => url.replace("127.0.0.1", "evil.example");
  const keysPath = `/${tenants.contoso.id}/discovery/v2.0/keys`;

  /** Sends a request from the page. @returns status and text if the page can read them */
  const read = (url: string, init: Sent = {}): Promise<string> =>
    page.evaluate(
      async ([target, options]) => {
        try {
          const response = await fetch(target, options);
          return `${response.status} ${await response.text()}`;
        } catch {
          return "unreadable";
        }
      },
      [url, init] as const,
    );

  /** Opens a WebSocket from the page. @returns whether it opened */
  const opens = (url: string): Promise<boolean> =>
    page.evaluate(
      (target) =>
        new Promise<boolean>((resolve) => {
          const socket = new WebSocket(target.replace("http", "ws"));
          socket.onopen = () => resolve(true);
          socket.onerror = () => resolve(false);
        }),
      url,
    );

  /**
   * What only the servers themselves tell: kids of the keys, the requests that reached the origin, scheduled runs, keys
   * in KV.
   */
  const readState = async () =>
    Promise.all(
      [
        `${urls.entra}/local/keys`,
        `${urls.origin}/local/requests`,
        `${urls.gate}/open`,
        `${urls.gate}${storePath}/keys`,
      ].map(async (url) => (await fetch(url)).text()),
    );

  const controls = () =>
    [
      [`${urls.entra}/local/token?persona=admin`, {}],
      [`${urls.entra}/local/keys`, {}],
      [`${urls.entra}/`, {}],
      [`${urls.entra}/local/playground/`, {}],
      [`${urls.entra}/local/faults/rollOver`, { method: "POST", body: '{"kind":"emergency"}' }],
      [`${urls.entra}/local/faults/setClockOffset`, { method: "POST", body: '{"seconds":6000}', mode: "no-cors" }],
      [`${urls.entra}/local/playground/trial`, { method: "POST", body: "{}" }],
      [`${urls.origin}/orders`, {}],
      [`${urls.origin}/orders`, { headers: { "X-Forwarded-Host": "127.0.0.1" } }],
      [`${urls.origin}/orders`, { mode: "no-cors" }],
      [`${urls.origin}/local/requests`, { method: "DELETE" }],
      [`${urls.gate}/orders`, {}],
      [`${urls.gate}${storePath}/keys`, {}],
      [`${urls.gate}${storePath}/values/planted`, { method: "PUT", body: "planted" }],
      [`${urls.gate}/cdn-cgi/local/scheduled`, { mode: "no-cors" }],
    ] as const;

  async function expectNothing(): Promise<void> {
    const before = await readState();
    for (const [url, init] of controls()) {
      const isOpaque = "mode" in init;
      expect(await read(url, init), url).toBe(isOpaque ? "0 " : "unreadable");
    }
    expect(await opens(`${urls.origin}/ws`)).toBe(false);
    const frames = [`${urls.origin}/orders`, `${urls.entra}/local/token`, `${urls.entra}/local/playground/`];
    for (const url of frames) {
      await page.evaluate((source) => {
        const frame = document.createElement("iframe");
        document.body.append(frame);
        return new Promise((resolve) => {
          frame.onload = resolve;
          frame.src = source;
        });
      }, url);
    }
    expect(await readState()).toEqual(before);
  }

  it("of another site reads nothing and changes nothing", { tags: "dev-pages" }, async () => {
    await page.goto(underEvilName(other.url));
    await expectNothing();
    expect(await read(urls.entra + keysPath)).toBe("unreadable");
  });

  it("of another port of this machine can sign in, and reads and changes nothing else", {
    tags: "dev-pages",
  }, async () => {
    for (const url of [other.url, other.url.replace("127.0.0.1", "localhost")]) {
      await page.goto(url);
      await expectNothing();
      expect(await read(urls.entra + keysPath)).toMatch(/^200 .*"kid"/);
      const token = await read(`${urls.entra}/${tenants.contoso.id}/oauth2/v2.0/token`, {
        method: "POST",
        body: new URLSearchParams({ grant_type: "refresh_token" }).toString(),
        headers: { "Content-Type": "application/x-www-form-urlencoded" },
      });
      expect(token).toMatch(/^400 .*AADSTS/);
    }
  });

  it("under a name that leads to this machine reads only that it is refused", { tags: "dev-pages" }, async () => {
    const before = await readState();
    for (const url of Object.values(urls)) {
      const rebound = underEvilName(url);
      expect((await page.goto(`${rebound}/open`))?.status()).toBe(421);
      const own = new URL(url).host;
      // The policy of the sample origin lets its pages read nothing.
      const refusal = url === urls.origin ? /^unreadable$/ : /^421 Only for this machine\./;
      const headers = { "X-Forwarded-Host": own, "X-Forwarded-Proto": "https" };
      for (const path of [
        "/open",
        "/orders",
        "/local/token",
        "/local/keys",
        "/local/requests",
        "/cdn-cgi/local/scheduled",
        keysPath,
      ]) {
        expect(await read(rebound + path), rebound + path).toMatch(refusal);
        expect(await read(rebound + path, { headers }), rebound + path).toMatch(refusal);
      }
      // In pages of the sample origin no event of a script runs.
      if (url !== urls.origin) expect(await opens(`${rebound}/ws`)).toBe(false);
    }
    expect(await readState()).toEqual(before);
  });

  it("of the sample origin runs no script, sets no cookie, and shows none", async () => {
    await page
      .context()
      .addCookies([{ name: "other", value: "secret-of-another-program", domain: "127.0.0.1", path: "/" }]);
    const attack = encodeURIComponent("<script>document.title = 'run'</script>");
    const query = `content-type=text/html&set-cookie=planted%3D1&q=${attack}`;
    for (const path of ["/headers", "/orders", "/status/200"]) {
      await page.goto(`${urls.origin}${path}?${query}`);
      expect(await page.title()).toBe("");
      expect(await page.content()).not.toContain("secret-of-another-program");
    }
    expect((await page.context().cookies()).map(({ name }) => name)).toEqual(["other"]);
  });

  it.each([
    ["entra", "/local/token"],
    ["origin", "/orders"],
  ] as const)("of another site that links to %s%s gets there no answer but a refusal", async (server, path) => {
    const url = urls[server] + path;
    await page.goto(underEvilName(other.url));
    const [response] = await Promise.all([
      page.waitForResponse((each) => each.url() === url),
      page.evaluate((target) => {
        const link = document.createElement("a");
        link.href = target;
        document.body.append(link);
        // The answer to the test comes before the next page.
        setTimeout(() => link.click());
      }, url),
    ]);
    expect(response.status()).toBe(403);
  });

  it("of the gate itself, and a program, use Wrangler's own pages", async () => {
    await page.goto(`${urls.gate}/open`);
    expect(await read(`${urls.gate}${storePath}/values/one`, { method: "PUT", body: "1" })).toMatch(/^200 /);
    expect(await read(`${urls.gate}${storePath}/keys`)).toContain('"one"');
    expect((await fetch(`${urls.gate}/cdn-cgi/local/scheduled`)).status).toBe(200);
    expect(await read(`${urls.gate}/open`)).toBe('200 "open 1"');
  });

  it("of the local Entra itself opens: the directory, and the playground", async () => {
    await page.goto(urls.entra);
    await page.getByRole("link", { name: "The playground" }).click();
    await page.waitForURL(`${urls.entra}/local/playground/`);
    await page.getByRole("button", { name: "Send the request" }).click();
    await page.getByRole("heading", { level: 2, name: "200, allowed" }).waitFor();
    expect(await page.getByLabel("What the origin received").textContent()).toContain("/orders");
  });
});
