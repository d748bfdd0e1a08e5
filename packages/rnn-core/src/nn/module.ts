import { Param } from './parameters.ts';

/**
 * A part of a model. Its parameters and children are its own fields: they are found by walking the fields in order, those
 * in arrays and in plain objects included, as torch.nn.Module finds them, so that each is named once:
 *
 *     class Tagger extends Module {
 *       readonly embedding = new Embedding({ numEmbeddings: 100, embeddingDim: 16 }); // embedding.weight
 *       readonly layers = [new Linear({ inFeatures: 16, outFeatures: 4 })]; //           layers.0.weight, layers.0.bias
 *     }
 *
 * A private `#field` cannot be found. A module has no memory until {@link Parameters.create} gives it some.
 */
export abstract class Module {
  /**
   * The fields to walk and their names in a file: snake_case, as torch's. Override it where torch's name is not the
   * field's.
   */
  protected namedFields(): Iterable<readonly [name: string, value: unknown]> {
    return Object.entries(this).map(([field, value]) => [snakeCase(field), value] as const);
  }

  /**
   * Every parameter once, by its full name (`encoder.weight_ih_l0`): a module's own before those of its children. A
   * parameter that two modules share has the name under which it is met first.
   */
  *namedParameters(prefix = ''): Generator<[string, Param]> {
    const seen = new Set<Param>();
    for (const [name, param] of this.#allParameters(prefix)) {
      if (!seen.has(param)) yield [name, param];
      seen.add(param);
    }
  }

  /** The number of learnable values, each shared parameter counted once. */
  get parameterCount(): number {
    let count = 0;
    for (const [, param] of this.namedParameters()) count += param.size;
    return count;
  }

  /** A table of all modules and parameters with shapes and counts, for people to read. */
  toString(): string {
    const rows = [...this.#rows('', new Set())];
    const [nameWidth, shapeWidth, countWidth] = [0, 1, 2].map((column) =>
      Math.max(...rows.map((row) => (row.length > 1 ? (row[column]?.length ?? 0) : 0))),
    ) as [number, number, number];
    const lines = rows.map(([name = '', shape = '', count = '', note = '']) =>
      `${name.padEnd(nameWidth)}  ${shape.padEnd(shapeWidth)}  ${count.padStart(countWidth)}${note}`.trimEnd(),
    );
    let trainable = 0;
    for (const [, param] of this.namedParameters()) if (param.requiresGrad) trainable += param.size;
    const total = `${digits(this.parameterCount)} parameters, ${digits(trainable)} of them trainable`;
    return [this.constructor.name, ...lines, total].join('\n');
  }

  *#allParameters(prefix: string): Generator<[string, Param]> {
    const children: [string, Module][] = [];
    for (const [name, found] of this.#found()) {
      if (found instanceof Param) yield [prefix + name, found];
      else children.push([name, found]);
    }
    for (const [name, child] of children) yield* child.#allParameters(`${prefix}${name}.`);
  }

  *#found(): Generator<[string, Param | Module]> {
    for (const [name, value] of this.namedFields()) yield* foundIn(name, value);
  }

  *#rows(indent: string, seen: Set<Param | Module>): Generator<readonly string[]> {
    const inner = `${indent}  `;
    for (const [name, found] of this.#found()) {
      const isShared = seen.has(found);
      seen.add(found);
      if (found instanceof Param) {
        const note = isShared ? ' (shared)' : found.requiresGrad ? '' : ' (frozen)';
        yield [inner + name, `[${found.shape.join(', ')}]`, digits(found.size), note];
      } else {
        yield [`${inner}${name}: ${found.constructor.name}${isShared ? ' (shared)' : ''}`];
        if (!isShared) yield* found.#rows(inner, seen);
      }
    }
  }
}

/** The parameters and modules that a field holds. */
function* foundIn(name: string, value: unknown): Generator<[string, Param | Module]> {
  if (value instanceof Param || value instanceof Module) yield [name, value];
  else if (Array.isArray(value)) for (const [k, entry] of value.entries()) yield* foundIn(`${name}.${k}`, entry);
  else if (isPlainObject(value))
    for (const [key, entry] of Object.entries(value)) yield* foundIn(`${name}.${snakeCase(key)}`, entry);
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;

/** weightIh → weight_ih */
export const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const digits = (count: number): string => count.toLocaleString('en-US');
