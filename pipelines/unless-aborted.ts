/** What is promised; the signal's reason where that comes first. */
export function unlessAborted<Value>(promised: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    promised.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
