import type { Ajv2020, ErrorObject, KeywordCxt } from "ajv/dist/2020.js";
import type { Rule } from "ajv/dist/compile/rules.js";
import { describeCause } from "../../src/cli-exports/common.ts";
import { formats, isMultiple } from "../../src/cli-exports/policy.ts";
import { type CompiledPart, type CompiledRequest, moduleBytesMaximum } from "./compiled.ts";
import type { Faults, Place } from "./fault.ts";
import { loadPackage } from "./patterns.ts";
import { checkRecursion, checkUnevaluated } from "./recursion.ts";
import type { Definition, JsonSchema } from "./schemas.ts";
import { StandaloneWriter } from "./standalone.ts";

/** A part of a request, and the schema that describes it. */
export interface DescribedPart extends Omit<CompiledPart, "validator" | "bytes"> {
  readonly schema: JsonSchema;
  /** For faults. */
  readonly place: Place;
}

/** Requests of an operation, before their schemas are compiled. */
export interface DescribedRequest extends Omit<CompiledRequest, "parts"> {
  readonly parts: readonly DescribedPart[];
}

let metaschema: Ajv2020 | undefined;

/**
 * Lets `patternProperties` not note members in a variable, which has no object if no schema before it matched. Nothing
 * asks for them: `checkUnevaluated` refuses that.
 */
function skipUnknown(ajv: Ajv2020, Name: typeof import("ajv/dist/compile/codegen/index.js").Name): void {
  const { definition } = ajv.RULES.all.patternProperties as Rule;
  const { code } = definition as { code: (context: KeywordCxt) => void };
  Object.assign(definition, {
    code(context: KeywordCxt) {
      const { props } = context.it;
      if (props instanceof Name) context.it.props = true;
      code(context);
      if (props instanceof Name) context.it.props = props;
    },
  });
}

/** Compiles schemas ahead of time. */
export class ValidatorCompiler {
  readonly #ajv: Ajv2020;
  readonly #writer = new StandaloneWriter();
  /** Why a value is not a schema. */
  readonly #findError: (schema: JsonSchema) => ErrorObject | undefined;
  readonly #faults: Faults;
  readonly #bytesMaximum: number;
  readonly #allBytesMaximum: number;
  /** Whether a fault was recorded after which each further schema could take as long. */
  #hasEnded = false;
  /** Validators by their schemas. */
  readonly #validators = new Map<string, { readonly name: string; readonly bytes: number }>();

  /**
   * @param bytesMaximum of one validator
   * @param allBytesMaximum of all together; a megabyte takes about a second
   * @throws UsageError if Ajv is not installed
   */
  constructor(faults: Faults, bytesMaximum: number, allBytesMaximum = moduleBytesMaximum) {
    const load = <Module>(file: string) => loadPackage<Module>("ajv", `ajv/dist/${file}`);
    const { Ajv2020 } = load<typeof import("ajv/dist/2020.js")>("2020.js");
    const { _, Name } = load<typeof import("ajv/dist/compile/codegen/index.js")>("compile/codegen/index.js");
    this.#ajv = new Ajv2020({
      code: { source: true, lines: true, formats: _`formats` },
      // Names of the prototype are no members of a body.
      ownProperties: true,
      strict: false,
      // `define` compares with the metaschema, whose validator takes a while to compile.
      meta: false,
      validateSchema: false,
      logger: false,
      formats,
    });
    skipUnknown(this.#ajv, Name);
    // Ajv divides doubles: 19.99 would be no multiple of 0.01.
    Object.assign((this.#ajv.RULES.all.multipleOf as Rule).definition, {
      code(context: KeywordCxt) {
        const helper = context.gen.scopeValue("func", { ref: isMultiple, code: _`isMultiple` });
        context.fail(_`!${helper}(${context.data}, ${context.schemaCode})`);
      },
    });
    this.#findError = (schema) => {
      metaschema ??= new Ajv2020({ strict: false, logger: false });
      return metaschema.validateSchema(schema as object) === true ? undefined : metaschema.errors?.[0];
    };
    this.#faults = faults;
    this.#bytesMaximum = bytesMaximum;
    this.#allBytesMaximum = allBytesMaximum;
  }

  /** Adds the schemas that others refer to. After a fault, nothing can be compiled. */
  define(definitions: ReadonlyMap<string, Definition>): void {
    checkRecursion(definitions, this.#faults);
    // Otherwise Ajv notes what is evaluated although nothing asks for it, and its code can throw.
    this.#ajv.opts.unevaluated = checkUnevaluated(definitions, this.#faults);
    for (const [name, { place, schema }] of definitions) {
      const error = this.#findError(schema);
      if (error === undefined) {
        this.#ajv.addSchema(schema as object, name);
        continue;
      }
      const at = { ...place, pointer: place.pointer + error.instancePath };
      this.#faults.add(at, `is not JSON Schema: it ${error.message ?? "is invalid"}`, "Correct the keyword.");
    }
  }

  /** Compiles the schemas of a request. After a fault, the parts are incomplete. */
  compile({ parts, accepts }: DescribedRequest): CompiledRequest {
    const compiled = parts.flatMap(({ schema, place, ...part }) => {
      const validator = this.#compile(schema, place);
      if (validator === undefined) return [];
      const { name, bytes } = validator;
      if (bytes > this.#bytesMaximum) {
        const problem = `has a validator of ${part.part} with ${bytes} bytes, and --max-schema-bytes is ${this.#bytesMaximum}`;
        this.#faults.add(place, problem, "Simplify the schema, or raise the limit.");
      }
      return [{ ...part, validator: name, bytes }];
    });
    return { parts: compiled, accepts };
  }

  #compile(schema: JsonSchema, place: Place): { readonly name: string; readonly bytes: number } | undefined {
    const key = JSON.stringify(schema);
    const known = this.#validators.get(key);
    if (known !== undefined) return known;
    if (this.#hasEnded) return undefined;
    let name: string;
    try {
      name = this.#writer.add(this.#ajv.compile(schema as object));
    } catch (error) {
      if (error instanceof RangeError) {
        const problem = "leads to a chain of references that is too long for Ajv";
        return this.#end(place, problem, "Let fewer schemas refer to others, or omit --validate.");
      }
      const problem = `has a schema that Ajv cannot compile: ${describeCause(error)}`;
      this.#faults.add(place, problem, "Correct the schema.");
      return undefined;
    }
    if (this.#writer.bytes > this.#allBytesMaximum) {
      const problem = `makes the validators of the document larger than ${this.#allBytesMaximum} bytes`;
      return this.#end(place, problem, "Split the document, or omit --validate.");
    }
    const validator = { name, bytes: this.#writer.count(name) };
    this.#validators.set(key, validator);
    return validator;
  }

  #end(place: Place, problem: string, repair: string): undefined {
    this.#faults.add(place, problem, repair);
    this.#hasEnded = true;
  }

  /** The code of all validators. It uses names of `entra-gate/compiled`. */
  get code(): string {
    return this.#writer.code;
  }
}
