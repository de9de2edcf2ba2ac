/**
 * Preloaded into the JavaScript servers (`node --expose-gc --import …`): collects garbage on SIGUSR2, so that the
 * memory of a server is what it needs and not what it has yet to sweep.
 */
process.on('SIGUSR2', () => {
  // The second round takes what finalizers of the first let go of.
  globalThis.gc?.();
  globalThis.gc?.();
});
