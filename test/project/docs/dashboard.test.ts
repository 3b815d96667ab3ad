import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createDecisionLog } from "../../../src/core/guard/decision-log.ts";
import { callerOf } from "../../support/claims.ts";
import { configWith } from "../../support/environment.ts";
import { createFakeIo } from "../../support/io.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");

interface Query {
  readonly expr?: string;
  readonly url_options?: { readonly data: string };
}
const dashboard: { readonly panels: readonly { readonly title: string; readonly targets: readonly Query[] }[] } =
  JSON.parse(read("docs/how-to/dashboard.json"));
const queries = dashboard.panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));

/** What the gate writes about one refusal: the members of its line, and the positions of its data point. */
function recordRefusal() {
  const io = createFakeIo();
  const positions: string[] = [];
  const number = (kind: string, values: readonly unknown[]) => values.map((_value, index) => `${kind}${index + 1}`);
  const decisions = {
    writeDataPoint({ indexes, blobs, doubles }: { indexes: string[]; blobs: string[]; doubles: number[] }) {
      positions.push(...number("index", indexes), ...number("blob", blobs), ...number("double", doubles));
    },
  };
  createDecisionLog(
    io,
    { ...configWith({}).observation, logSubject: "plain", decisions },
    60,
  )({
    event: "refused",
    call: {
      background: () => {},
      target: { method: "GET", url: "https://api.contoso.example/", path: "/", fault: undefined },
      route: { name: "GET /" },
    },
    status: 401,
    denial: { reason: "expired" },
    caller: callerOf("user"),
  });
  return { members: Object.keys(io.lines[0] ?? {}), positions };
}

describe("the dashboard for Grafana", () => {
  const { members, positions } = recordRefusal();

  it.each(queries.filter(({ url_options }) => url_options))(
    "counts in positions of the data point: $title",
    (query) => {
      const named = query.url_options?.data.match(/\b(?:index|blob|double)\d+\b/g) ?? [];
      expect(named).not.toEqual([]);
      expect(named.filter((position) => !positions.includes(position))).toEqual([]);
    },
  );

  it.each(queries.filter(({ expr }) => expr))("reads members of the log: $title", ({ expr = "" }) => {
    const named = [...expr.matchAll(/\bby \((\w+)\)|\| (?!json\b)(\w+)/g)].map(([, by, filter]) => by ?? filter ?? "");
    expect(named).not.toEqual([]);
    expect(named.filter((member) => !members.includes(member))).toEqual([]);
  });

  it("names events that the log has", () => {
    const events = queries
      .flatMap(({ expr = "" }) => [...expr.matchAll(/event=~?"([^"]+)"/g)])
      .flatMap(([, names = ""]) => names.split("|"));
    const listed = new Set([...read("docs/reference/log.md").matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name));
    expect(events.length).toBeGreaterThan(5);
    expect(events.filter((event) => !listed.has(event))).toEqual([]);
  });
});
