/**
 * Puts off the making of the first `Intl.Segmenter`, to be imported before all else.
 *
 * The parser of command lines makes one when it is imported, for help pages with wide characters. That
 * loads the rules of text segmentation, which takes a tenth of the time in which `echoscu` starts and
 * ends; they are needed by a help page alone.
 *
 * @module
 */

const { Segmenter } = Intl;

/** Is made in the place of the first; from then on the platform's own are made. */
class LateSegmenter implements Pick<Intl.Segmenter, "segment" | "resolvedOptions"> {
  readonly #arguments: ConstructorParameters<typeof Segmenter>;
  #made: Intl.Segmenter | undefined;

  constructor(...args: ConstructorParameters<typeof Segmenter>) {
    this.#arguments = args;
    Reflect.set(Intl, "Segmenter", Segmenter);
  }

  segment(input: string): Intl.Segments {
    return this.#real.segment(input);
  }

  resolvedOptions(): Intl.ResolvedSegmenterOptions {
    return this.#real.resolvedOptions();
  }

  get #real(): Intl.Segmenter {
    return this.#made ??= new Segmenter(...this.#arguments);
  }
}

Reflect.set(Intl, "Segmenter", LateSegmenter);
