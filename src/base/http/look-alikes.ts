/**
 * Cyrillic and Greek letters that fonts draw as Latin ones, each before its look-alike (Unicode Technical Standard 39,
 * confusables.txt).
 */
const pairs = "аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwӏlАAВBЕEНHІIЈJКKМMОOРPСCТTУYХXЅSԌGԜWοoΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX";

/** Parsed when they are first needed. */
let latin: ReadonlyMap<string, string> | undefined;

/** Writes letters that look Latin as Latin letters. */
export function fitLookAlikes(text: string): string {
  latin ??= new Map([...pairs.matchAll(/../g)].map(([[from = "", to = ""]]) => [from, to]));
  return text.replace(/[\u0370-\u052f]/g, (letter) => latin?.get(letter) ?? letter);
}
