/** Waits for a promise, but no longer than `ms`; what becomes of it after that is nobody's. Throws what it rejects with until then. */
export async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([promise, timeUp]).finally(() => clearTimeout(timer));
}
