import type { AnySchemaObject, AsyncValidateFunction, ValidateFunction } from "ajv/dist/2020.js";

type Compiled = ValidateFunction | AsyncValidateFunction;
type Source = NonNullable<Compiled["source"]>;

/** A statement of a module, and the names that it uses. */
interface Statement {
  readonly text: string;
  readonly needs: readonly string[];
}

/** What Ajv requires, and its name in `entra-gate/compiled`. */
const helpers: ReadonlyMap<string, string> = new Map([
  ['require("ajv/dist/runtime/ucs2length").default', "countCharacters"],
  ['require("ajv/dist/runtime/equal").default', "isEqual"],
]);

/**
 * Writes the code of validators as one module without `require`. Ajv's own writer repeats what validators share, or
 * takes time in proportion to the square of their number.
 */
export class StandaloneWriter {
  readonly #statements = new Map<string, Statement>();
  #bytes = 0;

  /** Adds a validator, and all validators that it calls. @returns its name in the module */
  add(validate: Compiled): string {
    const { source } = validate;
    if (source === undefined) throw new Error("Ajv kept no source");
    const pending: Source[] = [source];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) pending.push(...this.#addSource(next));
    return String(source.validateName);
  }

  /** Bytes of a validator, with everything that it uses. */
  count(name: string): number {
    const names = new Set([name]);
    let bytes = 0;
    for (const each of names) {
      const { text = "", needs = [] } = this.#statements.get(each) ?? {};
      bytes += text.length + 1;
      for (const other of needs) names.add(other);
    }
    return bytes;
  }

  /** Bytes of all statements. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The statements in the order in which they were added. */
  get code(): string {
    return [...this.#statements.values()].map(({ text }) => text).join("\n");
  }

  /** @returns sources of the validators that this one calls */
  #addSource({ validateName, validateCode, scopeValues, evaluated }: Source): readonly Source[] {
    const own = String(validateName);
    if (this.#statements.has(own)) return [];
    const text = writeAscii(String(validateCode).trim());
    const used = new Set(text.match(/\b[A-Za-z]+\d+\b/g));
    const names = Object.values(scopeValues).flatMap((set) => [...(set ?? [])]);
    const needs = names.filter((name) => used.has(String(name)));
    const end = evaluated === undefined ? "" : `\n${own}.evaluated = ${writeAscii(String(evaluated))};`;
    this.#set(own, { text: text + end, needs: needs.map(String) });
    return needs.flatMap((name) => {
      const { ref, code } = name.value ?? {};
      if (code !== undefined) return this.#addConstant(String(name), String(code));
      // A wrapper calls a validator that was not compiled when its caller was.
      const called = typeof ref === "function" ? (ref as Compiled) : (ref as AnySchemaObject).validate;
      if (typeof ref !== "function") {
        const inner = String(called.source.validateName);
        this.#set(String(name), { text: `const ${name} = {validate: ${inner}};`, needs: [inner] });
      }
      return [called.source];
    });
  }

  #set(name: string, statement: Statement): void {
    this.#statements.set(name, statement);
    this.#bytes += statement.text.length + 1;
  }

  #addConstant(name: string, code: string): readonly Source[] {
    const value = helpers.get(code) ?? writeAscii(code);
    if (value.startsWith("require(")) throw new Error(`Ajv requires ${value}, which has no helper`);
    this.#set(name, { text: `const ${name} = ${value};`, needs: [] });
    return [];
  }
}

/**
 * Characters outside ASCII occur only in strings. A line separator in a string would be valid, but not in all tools.
 */
function writeAscii(code: string): string {
  return code.replace(/[^\x20-\x7e\n]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
