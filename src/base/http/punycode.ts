/** Characters of a label after `xn--` (RFC 1035 section 2.3.4). */
const encodedMaximum = 59;

/** Decodes the labels of international host names. Other labels, and those that are malformed, stay as they are. */
export function decodeLabels(text: string): string {
  return text.replace(/xn--([^./\\:@?#]*)/gi, (label, encoded) => decodePunycode(encoded) ?? label);
}

const base = 36;
const highest = 0x10ffff;

/** RFC 3492 section 6.2, with the parameters of section 5. */
function decodePunycode(encoded: string): string | undefined {
  if (encoded.length > encodedMaximum) return undefined;
  const delimiter = Math.max(encoded.lastIndexOf("-"), 0);
  const decoded = [...encoded.slice(0, delimiter)];
  let code = 128;
  let index = 0;
  let bias = 72;
  for (let place = delimiter === 0 ? 0 : delimiter + 1; place < encoded.length; ) {
    const before = index;
    for (let weight = 1, step = base; ; step += base) {
      const digit = digitOf(encoded.charAt(place));
      place += 1;
      index += digit * weight;
      // It also ends at a missing digit.
      if (!(index <= highest * base)) return undefined;
      const threshold = Math.min(Math.max(step - bias, 1), 26);
      if (digit < threshold) break;
      weight *= base - threshold;
    }
    const length = decoded.length + 1;
    bias = adapt(index - before, length, before === 0);
    code += Math.floor(index / length);
    index %= length;
    if (code > highest) return undefined;
    decoded.splice(index, 0, String.fromCodePoint(code));
    index += 1;
  }
  const text = decoded.join("");
  return text.isWellFormed() ? text : undefined;
}

/** @returns `NaN` if it is not a digit */
function digitOf(character: string): number {
  const digit = Number.parseInt(character, base);
  return digit < 10 ? digit + 26 : digit - 10;
}

function adapt(delta: number, length: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / length);
  let step = 0;
  for (; rest > 455; step += base) rest = Math.floor(rest / (base - 1));
  return step + Math.floor((base * rest) / (rest + 38));
}
