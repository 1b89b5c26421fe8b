/**
 * Runs a callback of the application after a mail was sent. It never rejects, because the mail is sent even when the callback fails.
 * @param timeout how long the callback is waited for, in ms
 * @param onError told of what was thrown, and of a time that is up
 */
export async function runCallback(
  run: () => void | Promise<void>,
  { timeout, onError }: { readonly timeout: number; readonly onError: (error: unknown) => void },
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It took longer than ${timeout} ms.`)), timeout);
  });
  try {
    await Promise.race([(async () => run())(), late]);
  } catch (error) {
    onError(error);
  } finally {
    clearTimeout(timer);
  }
}
