import { listOrigins } from "../../src/cli-exports/policy.ts";
import { type Assets, compatibilityDate } from "../project/wrangler-config.ts";
import { hostOf, isCovered, pathOf } from "../project/zone-patterns.ts";
import { type Finding, findingsOf } from "./finding.ts";
import { listDiscoveryPaths } from "./resources.ts";
import type { DoctorSubject } from "./subject.ts";

const { good, skipped, warning, fault } = findingsOf("deployment");

/** Checks what Wrangler will deploy: whether every request goes through the gate. */
export function examineDeployment(subject: DoctorSubject): readonly Finding[] {
  const { wrangler, environment } = subject.settings;
  const { config } = subject;
  if (wrangler === undefined) return [skipped("this folder has no wrangler.toml")];
  const {
    patterns,
    workersDev,
    previewUrls,
    workersCaching,
    ungatedAssets,
    keepsVariables,
    variables,
    compatibilityDate: date,
  } = wrangler;
  const findings: Finding[] = [];
  if (date !== undefined && date < compatibilityDate) {
    const text = `compatibility_date ${date} is older than ${compatibilityDate}, the oldest that entra-gate supports`;
    findings.push(warning(text, `compatibility_date = "${compatibilityDate}"`));
  }
  if (workersDev && patterns.length > 0) {
    findings.push(
      warning("workers_dev is on: the worker has a second address outside the zone", "workers_dev = false"),
    );
  }
  if (previewUrls) {
    findings.push(warning("preview_urls is on: old versions stay reachable", "preview_urls = false"));
  }
  if (keepsVariables) {
    findings.push(
      fault(
        "keep_vars is on: variables that were set in Cloudflare's dashboard stay, and this command cannot check them",
        "keep_vars = false",
      ),
    );
  }
  if (workersCaching) {
    findings.push(
      fault(
        "Workers Caching is on: a cache would answer before the gate checks a token",
        "cache = { enabled = false }, and no cache of exports.default",
      ),
    );
  }
  if (ungatedAssets !== undefined) findings.push(describeAssets(ungatedAssets));
  if (patterns.length === 0 && !workersDev) {
    findings.push(
      warning(
        "no route of a zone leads to the worker",
        'routes = [{ pattern = "api.contoso.com/*", zone_name = "contoso.com" }]',
      ),
    );
  }
  for (const pattern of patterns.filter((each) => !each.endsWith("*"))) {
    findings.push(
      warning(
        `the pattern ${pattern} covers one path only: requests to all other paths bypass the gate`,
        "end it in /*",
      ),
    );
  }
  findings.push(...examinePaths(patterns), ...examineCoverage(subject, patterns));
  for (const pattern of patterns.filter((each) => isMisdirected(hostOf(each), config.addresses))) {
    const fix = `GATE_URL=https://${hostOf(pattern)}`;
    findings.push(warning(`GATE_URL lists no address of ${pattern}: its requests get 421`, fix));
  }
  for (const name of Object.keys(variables).filter((each) => /_(?:SECRET|CERTIFICATE|KEY)(?:_PREVIOUS)?$/.test(each))) {
    findings.push(
      fault(`${name} is in ${wrangler.name}, where anyone with the file can read it`, `wrangler secret put ${name}`),
    );
  }
  for (const [variable, { target }] of listOrigins(config)) {
    if (target.kind !== "url" || !isOwnAddress(target.url, patterns, config.addresses)) continue;
    findings.push(
      fault(
        `${variable}_URL is on a host of the gate's own addresses: requests would come back to it`,
        `another host, or no ${variable}_URL`,
      ),
    );
  }
  if (findings.length === 0) findings.push(good(`${patterns.join(", ") || "workers.dev"}`));
  if (patterns.length > 0) {
    findings.push(
      skipped(
        `on Workers Free, a route past the daily limit lets requests bypass the worker unless it is set to fail closed; this command cannot read that setting (npx entra-gate docs how-to/go-to-production)`,
      ),
    );
  }
  const unseen = wrangler.requiredSecrets.filter((name) => typeof environment[name] !== "string");
  if (unseen.length > 0)
    findings.push(skipped(`the values of ${unseen.join(", ")} are stored in Cloudflare, and not visible here`));
  return findings;
}

/** Files that everyone may get, such as those of a web app, can be served in this way. */
function describeAssets({ directory, run_worker_first: first }: Assets): Finding {
  const files = directory === undefined ? "static assets" : `static assets in ${directory}`;
  const patterns = Array.isArray(first) ? `, unless run_worker_first decides otherwise: ${first.join(", ")}` : "";
  return warning(
    `${files} bypass the gate: Cloudflare serves them before the worker runs${patterns}`,
    "run_worker_first = true in [assets], if not everyone may get these files",
  );
}

/** Whether a host has no address in GATE_URL. For a pattern with many hosts, this is unknown. */
function isMisdirected(host: string, addresses: ReadonlySet<string> | undefined): boolean {
  if (addresses === undefined || host.includes("*")) return false;
  return ![...addresses].some((address) => new URL(address).hostname === host);
}

/** Whether requests to a URL return to the gate. A host with a dot at its end is the same host. */
function isOwnAddress(url: URL, patterns: readonly string[], addresses: ReadonlySet<string> | undefined): boolean {
  const plain = new URL(url);
  plain.hostname = url.hostname.replace(/\.$/, "");
  return patterns.some((pattern) => hostOf(pattern) === plain.hostname) || addresses?.has(plain.origin) === true;
}

/** Finds patterns whose path a caller can write in another letter case. */
function examinePaths(patterns: readonly string[]): readonly Finding[] {
  return patterns
    .map((pattern) => ({ pattern, path: pathOf(pattern).replace(/\*$/, "") }))
    .filter(({ pattern, path }) => pattern.endsWith("*") && /[a-z]/i.test(path))
    .map(({ pattern, path }) => {
      const other = path === path.toUpperCase() ? path.toLowerCase() : path.toUpperCase();
      return warning(
        `the pattern ${pattern} names a path, which Cloudflare compares by letter case: a request to ${other} bypasses the gate`,
        "a host of the API's own, such as api.contoso.com/*, or an origin that accepts only requests from the gate",
      );
    });
}

/** Finds declared routes that Cloudflare does not lead to the worker. */
function examineCoverage(subject: DoctorSubject, patterns: readonly string[]): readonly Finding[] {
  const [first] = patterns;
  if (first === undefined) return [];
  const discoveryPaths = listDiscoveryPaths(subject);
  const missing = subject.table.routes
    .map(({ name }) => name)
    .filter((name) => {
      const path = name.slice(name.indexOf(" ") + 1);
      return !discoveryPaths.includes(path) && !isCovered(path, patterns);
    });
  if (missing.length === 0) return [];
  return [
    warning(
      `no pattern of the zone covers the whole of ${missing.join(", ")}: requests that match no pattern bypass the gate`,
      `a pattern for the whole host, such as ${hostOf(first)}/*; a pattern /orders/* does not match /orders`,
    ),
  ];
}
