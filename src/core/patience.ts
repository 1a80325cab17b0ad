/** How long timers, sockets and signals wait for long work at most, as far as its pieces allow, in ms. */
export const PATIENCE = 20;

/** Called between pieces of long work: gives the event loop a turn when the last one is long ago. */
export function pauses(): () => Promise<void> | undefined {
  let since = performance.now();
  return () => {
    if (performance.now() - since < PATIENCE) return undefined;
    return new Promise((resolve) => {
      setImmediate(() => {
        since = performance.now();
        resolve();
      });
    });
  };
}
