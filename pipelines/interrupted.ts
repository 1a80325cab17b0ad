/** Thrown where a signal stopped the work. */
export class Interrupted extends Error {
  constructor() {
    super('interrupted');
  }
}
