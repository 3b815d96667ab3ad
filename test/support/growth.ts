/** Time for each character, compared with a text of half the length. It doubles if the work is quadratic. */
const growthMaximum = 1.5;
const roundsMinimum = 2;
const roundsMaximum = 20;
/** Two doublings: the lengths as shares of the longest. */
const shares = [0.25, 0.5, 1] as const;

/**
 * Measures how the time of work grows when its text doubles, twice. Both doublings must show growth: a text that is
 * refused early if it is short costs less, but only once. The fastest of several rounds counts, because other programs
 * may run. In a round, the lengths take turns, and each works on the same number of characters.
 *
 * @param work returns a promise if it continues later
 * @param textOf creates a text of about so many characters
 * @returns whether the work takes more time for each character if the text is longer
 */
export async function isSuperLinear(
  work: (text: string) => unknown,
  textOf: (characters: number) => string,
  characters: number,
): Promise<boolean> {
  if (await isPlainlyLinear(work, textOf, characters)) return false;
  const texts = shares.map((share) => ({
    text: textOf(characters * share),
    times: 1 / share,
    least: Number.POSITIVE_INFINITY,
  }));
  for (let round = 1; round <= roundsMaximum; round += 1) {
    for (const [index, measured] of texts.entries()) {
      measured.least = Math.min(measured.least, await time(work, measured.text, measured.times));
      const hasGrown = measured.least > growthMaximum * (texts[index - 1]?.least ?? 0);
      if (!hasGrown && round >= roundsMinimum) return false;
      // A doubling without growth decides, so longer texts can wait.
      if (!hasGrown) break;
    }
  }
  return true;
}

/**
 * Works once on the longest text, and then twice on the shortest, of which the faster counts. A first run is slower,
 * and another program delays one run, so both look like growth, and hide none. Most texts need no more.
 */
async function isPlainlyLinear(
  work: (text: string) => unknown,
  textOf: (characters: number) => string,
  characters: number,
): Promise<boolean> {
  const [share] = shares;
  const longestMs = await time(work, textOf(characters), 1);
  const shortest = textOf(characters * share);
  const shortestMs = Math.min(await time(work, shortest, 1), await time(work, shortest, 1));
  return longestMs < (growthMaximum ** 2 * shortestMs) / share;
}

/**
 * Measures by the clock. The processor time of the thread would exclude other programs, but Linux can count it in ticks
 * of 4 ms.
 *
 * @returns milliseconds
 */
async function time(work: (text: string) => unknown, text: string, times: number): Promise<number> {
  const startMs = performance.now();
  for (let count = 0; count < times; count += 1) {
    const result = work(text);
    if (result instanceof Promise) await result;
  }
  return performance.now() - startMs;
}
