import os from "node:os";
import type { SoakReport } from "./run.ts";

const mebibyte = 1024 * 1024;

/** Writes a page about a run, in Markdown. */
export function describeSoak({ seconds, tokens, counts, wrong, stretches, events, keyFetches }: SoakReport): string {
  const rows = [...counts].map(([kind, outcomes]) => {
    const total = [...outcomes.values()].reduce((sum, count) => sum + count, 0);
    const list = [...outcomes].sort(([a], [b]) => a.localeCompare(b)).map(([outcome, count]) => `${outcome}: ${count}`);
    return `| ${kind} | ${total} | ${list.join(", ")} |`;
  });
  const answers = stretches.reduce((sum, stretch) => sum + stretch.answers, 0);
  const resident = stretches.map(({ residentBytes }) => residentBytes / mebibyte);
  const tenth = Math.max(1, Math.floor(stretches.length / 10));
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const hung = [...counts.values()].reduce((sum, outcomes) => sum + (outcomes.get("hung") ?? 0), 0);
  return `# Soak test

This page is for readers who want to know whether the gate stays correct under load while keys change and Entra fails.

\`node lab/soak.ts --seconds ${seconds} --tokens ${tokens} --out docs/explanation\` wrote this page. In this run, the gate ran in raw workerd with
a heap of at most 128 MB, as on Cloudflare. Two Node processes provided the load, the authority and the origin, on ${os.cpus().length} cores
(${os.cpus()[0]?.model.trim()}) with ${os.type()} ${os.release().split("-")[0]}.

- answers in ${seconds} s, each compared with what an oracle expects: ${answers}
- wrong answers: ${wrong.length}
- requests without an end: ${hung}
- fetches of keys: ${keyFetches}
- resident memory of workerd: ${mean(resident.slice(0, tenth)).toFixed(0)} MiB in the first tenth of the run, ${mean(resident.slice(-tenth)).toFixed(0)} MiB in the last, ${Math.max(...resident).toFixed(0)} MiB at most

Events at the authority: ${events.map(({ name, atSeconds }) => `${name} (${atSeconds} s)`).join(", ")}.

| request | answers | of which |
|---|---|---|
${rows.join("\n")}

An answer is right if its status and the class of its challenge match. A 200 is right only if the origin received exactly this request, for the
principal of the token, and every byte of its answer arrived. Only these requests have more than one right answer:

- a token with a newly published key: 200 or refused, for the 35 seconds in which a flood of invented keys may keep the gate from asking
- a token with a newly removed key: the same
- a token of an invented key around an outage: 401 or 503
- a client that disconnects

## Next

- [Keys](keys.md): how the gate behaves in rollovers and outages.
- [Speed](speed.md): what the gate costs.
`;
}
