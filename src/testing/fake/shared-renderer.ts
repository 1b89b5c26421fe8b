import { isDeepStrictEqual } from "node:util";
import { Renderer, type RendererOptions } from "../../rendering/renderer.ts";

interface Made {
  readonly options: RendererOptions;
  readonly renderer: Renderer;
}

let last: Made | undefined;

/**
 * The renderer of the application before, where it has the same options: each test has an application of its own, and compiling
 * templates would take most of its time. It looks for changed files at every mail.
 */
export function sharedRenderer(options: RendererOptions): Renderer {
  if (last === undefined || !isDeepStrictEqual(last.options, options))
    last = { options, renderer: new Renderer(options) };
  return last.renderer;
}
