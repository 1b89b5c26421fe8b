/** What errors of others mean for whoever reads them among jobs, because they do not say it themselves. */
const HINTS: readonly (readonly [sign: RegExp, hint: string])[] = [
  [
    /^Operation `.*` buffering timed out after \d+ms/,
    "mongoose is not connected in this process: await mongoose.connect(...) in the worker's file, before runWorker(); see docs/mongoose.md",
  ],
  [
    /^Cannot call `.*` before initial connection is complete/,
    "mongoose is not connected in this process: await mongoose.connect(...) in the worker's file, before runWorker(); see docs/mongoose.md",
  ],
];

/** A way out that the error itself does not name; undefined for most. */
export function hintFor({ message }: Error): string | undefined {
  return HINTS.find(([sign]) => sign.test(message))?.[1];
}
