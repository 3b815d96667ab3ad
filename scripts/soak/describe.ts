import os from "node:os";
import type { SoakReport } from "./run.ts";

const mebibyte = 1024 * 1024;

/** A page about a run, in Markdown. */
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
  return `# Soak

\`node scripts/soak.ts --seconds ${seconds} --tokens ${tokens} --out docs/explanation\` wrote this page. One run: the gate in raw workerd with a heap of at most 128 MB, as at Cloudflare; load, authority and origin
in two processes of Node beside it, on ${os.cpus().length} cores (${os.cpus()[0]?.model.trim()}), ${os.type()} ${os.release().split("-")[0]}.

- ${answers} answers in ${seconds} s, every one compared with what an oracle calls right
- wrong answers: ${wrong.length}
- requests without an end: ${hung}
- fetches of keys: ${keyFetches}
- resident memory of workerd: ${mean(resident.slice(0, tenth)).toFixed(0)} MiB in the first tenth of the run, ${mean(resident.slice(-tenth)).toFixed(0)} MiB in the last, ${Math.max(...resident).toFixed(0)} MiB at most

![Memory, latency and answers over time](soak.svg)

Latency is that of requests that wait for the gate and a quick origin only. What befell the authority: ${events.map(({ name, atSeconds }) => `${name} at ${atSeconds} s`).join(", ")}.

| request | answers | of which |
|---|---|---|
${rows.join("\n")}

An answer is right where its status and the class of its challenge are, and a 200 only where the origin was asked this very
request, by the token's own principal, and every byte of its answer arrived. Only these have more than one right outcome: a token
whose key was just published, in the 35 s in which a flood of invented keys may keep the gate from asking (200 or refused); one
whose key was just taken away (the same); keys that nobody has, around an outage (401 or 503); and a client that goes away.
`;
}
