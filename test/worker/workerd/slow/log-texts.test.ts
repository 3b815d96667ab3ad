import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BrokenOrigins, brokenBodies, startBrokenOrigins } from "../../../support/broken-origins.ts";
import { serveInDeno } from "../../../support/deno/serve.ts";
import { type HeaderField, sendRequest } from "../../../support/http.ts";
import { serveByFile } from "../../../support/runtimes/serve-file.ts";
import { type Place, type Stack, type StackOptions, startStack } from "../../../support/stack.ts";

const starts: Readonly<Record<string, (place: Place) => Pick<StackOptions, "runGate" | "onGateLog">>> = {
  workerd: ({ onLine }) => ({ onGateLog: onLine! }),
  Deno: (place) => ({ runGate: (entry, vars) => serveInDeno(entry, vars, [], 0, place) }),
  Node: (place) => ({ runGate: (entry, vars) => serveByFile("Node", entry, vars, undefined, undefined, 0, place) }),
  Bun: (place) => ({ runGate: (entry, vars) => serveByFile("Bun", entry, vars, undefined, undefined, 0, place) }),
};

/** How the runtimes name connections that are refused and reset, and an unknown host. */
const words: Readonly<Record<string, readonly string[]>> = {
  workerd: ["Network_connection_lost"],
  Deno: ["Connection_refused", "Connection_reset", "dns_error"],
  Node: ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND"],
  Bun: ["ECONNREFUSED", "ECONNRESET", "ENOTFOUND"],
};

/** Each text of the caller contains it. */
const mark = "eyJmYWtl";

describe.each(Object.entries(starts))("the log of a gate in %s", (runtime, start) => {
  let origins: BrokenOrigins;
  let stack: Stack;
  let lines: string[];
  let token: string;

  beforeAll(async () => {
    origins = await startBrokenOrigins();
    lines = [];
    const keepLine = (line: string) => void lines.push(line);
    const entries = Object.entries(origins.urls).map(([name, url]) => [`ORIGIN_${name.toUpperCase()}_URL`, url]);
    stack = await startStack({
      gateEntry: "test/gates/broken-origins.ts",
      gateVars: { ...Object.fromEntries(entries), BROKEN: Object.keys(origins.urls).join(" ") },
      downstream: true,
      ...start({ onLine: keepLine, onMessage: keepLine }),
    });
    token = await (await fetch(`${stack.entraUrl}/local/token?persona=member`)).text();
  });
  afterAll(async () => {
    await stack.stop();
    origins.stop();
  });

  /** Sends a request that has the mark in every part. */
  const send = (path: string, method = "POST") => {
    const headers: HeaderField[] = [
      ["Authorization", `Bearer ${token}`],
      ["Content-Type", `text/${mark}`],
      ["Cookie", `${mark}=${mark}`],
      [`X-${mark}`, mark],
    ];
    return sendRequest(stack.gateUrl, { method, path: `${path}/${mark}?code=${mark}`, headers, body: mark });
  };

  /** Waits until the log has a line for each request, and returns the new decisions. */
  async function takeDecisions(count: number): Promise<Readonly<Record<string, unknown>>[]> {
    const find = () => lines.filter((line) => line.startsWith('{"event":"refused"'));
    await expect.poll(() => find().length).toBe(count);
    const decisions = find().map((line) => JSON.parse(line));
    for (const line of lines.splice(0))
      for (const text of [mark, ...token.split(".")]) expect(line).not.toContain(text);
    return decisions;
  }

  it.each(["forwarded", "sent"])(
    "has no text of a %s request, however its origin breaks",
    { tags: "log-texts" },
    async (how) => {
      // Workers and Deno pass an unrequested 101 to the handler that sent the request.
      const left = how === "forwarded" ? brokenBodies : [...brokenBodies, "switching"];
      const names = Object.keys(origins.urls).filter((name) => !left.includes(name));
      for (const name of names) expect([name, (await send(`/${how}/${name}`)).status]).toEqual([name, 502]);
      const causes = (await takeDecisions(names.length)).map(({ cause }) => cause);
      expect(causes).toEqual(names.map(() => expect.stringMatching(/^(?:\w+|the origin sent an unrequested 101)$/)));
      expect(causes).toEqual(expect.arrayContaining([...words[runtime]!]));
    },
  );

  it("has no text of a request whose response breaks off, and neither has what the server prints", {
    tags: "log-texts",
  }, async () => {
    for (const how of ["forwarded", "sent"])
      for (const name of brokenBodies) await send(`/${how}/${name}`).catch(() => undefined);
    await send("/forwarded/closing");
    await takeDecisions(1);
  });

  it("has no method that a caller invents", { tags: "log-texts" }, async () => {
    // Bun's server closes the connection.
    await send("/forwarded/closing", mark).catch(() => undefined);
    // The other servers refuse it before the gate.
    if (runtime === "Deno") expect(await takeDecisions(1)).toMatchObject([{ method: "other" }]);
    else expect(lines.join()).not.toContain(mark);
  });
});
