import retextEnglish from "retext-english";
import retextIntensify from "retext-intensify";
import retextPassive from "retext-passive";
import retextReadability from "retext-readability";
import retextRepeatedWords from "retext-repeated-words";
import { type Processor, unified } from "unified";
import type { Node, Parent } from "unist";
import { VFile } from "vfile";
import { type Passage, readProse } from "./read-prose.ts";
import rules from "./rules.json" with { type: "json" };

export interface Sentence {
  readonly text: string;
  readonly words: number;
  readonly line: number;
  readonly isCell: boolean;
  readonly isPassive: boolean;
}

export interface Finding {
  readonly line: number;
  readonly rule: string;
  readonly message: string;
}

export interface Report {
  readonly sentences: readonly Sentence[];
  readonly findings: readonly Finding[];
}

const terms = rules.terms.map(({ match, use, caseSensitive }) => ({
  pattern: new RegExp(match, caseSensitive ? "g" : "gi"),
  use,
}));
/** `retext-passive` knows only the irregular participles. */
const regularPassive = /\b(?:am|are|is|was|were|be|been|being)\s+(?:\w+ly\s+|not\s+|never\s+)?\w+ed\b/gi;
const weasels: ReadonlySet<string> = new Set(rules.weasels);

const parser = unified().use(retextEnglish);
const { age, threshold, minWords } = rules.readability;
const linter: Processor = unified()
  .use(retextPassive)
  .use(retextIntensify)
  .use(retextRepeatedWords)
  .use(retextReadability, { age, threshold, minWords }) as unknown as Processor;

/**
 * Checks a page against the rules of `scripts/prose/rules.json`.
 *
 * @param markdown the page
 * @returns its sentences, and what breaks a rule. The caller judges the median and the share of passive sentences.
 */
export function checkProse(markdown: string): Report {
  const reports = readProse(markdown).map(checkPassage);
  return {
    sentences: reports.flatMap(({ sentences }) => sentences),
    findings: reports.flatMap(({ findings }) => findings),
  };
}

function checkPassage({ text, line, isCell }: Passage): Report {
  const file = new VFile(text);
  const tree = parser.parse(file);
  linter.runSync(tree, file);
  const passives = [
    ...file.messages.filter(({ source }) => source === "retext-passive").map(({ place }) => offsetOf(place)),
    ...[...text.matchAll(regularPassive)].map(({ index }) => index),
  ];
  const sentences = listSentences(tree).map((node): Sentence => {
    const [start = 0, end = 0] = [node.position?.start.offset, node.position?.end.offset];
    const isPassive = passives.some((offset) => offset >= start && offset < end);
    return { text: text.slice(start, end), words: countWords(node), line, isCell, isPassive };
  });
  const long = sentences.filter(({ words }) => words > rules.maxWords);
  return {
    sentences,
    findings: [
      ...long.map(({ text: sentence, words }) => ({ line, rule: "length", message: `${words} words: ${sentence}` })),
      ...file.messages
        .filter(({ source, actual }) => source !== "retext-passive" && isRelevant(source, actual))
        .map(({ source, reason, place }) => ({
          line,
          rule: String(source).replace("retext-", ""),
          message: `${reason}: ${sentenceAt(sentences, text, offsetOf(place))}`,
        })),
      ...findTerms(text).map((message) => ({ line, rule: "terms", message })),
    ],
  };
}

/** Only words that the configuration lists. "May" and "some" state facts. */
function isRelevant(source: string | undefined, word: string | undefined): boolean {
  return source !== "retext-intensify" || weasels.has((word ?? "").toLowerCase());
}

function findTerms(text: string): readonly string[] {
  return terms.flatMap(({ pattern, use }) =>
    [...text.matchAll(pattern)].map(([word]) => `Write ${use} in place of \`${word}\``),
  );
}

function sentenceAt(sentences: readonly Sentence[], text: string, offset: number): string {
  return sentences.find((sentence) => offset - text.indexOf(sentence.text) < sentence.text.length)?.text ?? text;
}

function offsetOf(place: unknown): number {
  const { start, offset } = (place ?? {}) as { start?: { offset?: number }; offset?: number };
  return start?.offset ?? offset ?? 0;
}

function listSentences(node: Node): readonly Node[] {
  if (node.type === "SentenceNode") return [node];
  return ((node as Parent).children ?? []).flatMap(listSentences);
}

function countWords(node: Node): number {
  if (node.type === "WordNode") return 1;
  return ((node as Parent).children ?? []).reduce((sum: number, child) => sum + countWords(child), 0);
}
