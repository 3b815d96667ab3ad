/** A mistake of the user. Only its message is printed. */
export class UsageError extends Error {
  readonly lines: readonly string[];

  /** @param lines of the message. A line break inside one is part of a name or value, and is printed as `\u{a}` */
  constructor(...lines: readonly string[]) {
    super(lines.join("\n"));
    this.lines = lines;
  }
}

/** As Node and esbuild name a package that is not installed, without a path in it. */
const missingPackage = /(?:Cannot find package|Could not resolve) ["']((?:@[^/"']+\/)?[^./"'][^/"']*)/;

/** @returns a sentence that says what to install, if that is why something cannot be loaded */
export function describeMissingPackage(error: unknown): string | undefined {
  const [, name] = missingPackage.exec(error instanceof Error ? error.message : "") ?? [];
  return name && `the package ${name} is not installed: run npm install ${name}`;
}
