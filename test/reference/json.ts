/** What is read from JSON, as what it must be; anything else is refused by name. */

export function record(json: unknown): object {
  if (typeof json === 'object' && json !== null) return json;
  throw new TypeError(`${String(json)} is no record`);
}

export function optional(json: unknown, name: string): unknown {
  return Object.entries(record(json)).find(([key]) => key === name)?.[1];
}

export function at(json: unknown, name: string): unknown {
  const found = optional(json, name);
  if (found === undefined) throw new TypeError(`there is no ${name}`);
  return found;
}

export function text(json: unknown): string {
  if (typeof json === 'string') return json;
  throw new TypeError(`${String(json)} is no text`);
}

export function number(json: unknown): number {
  if (typeof json === 'number') return json;
  throw new TypeError(`${String(json)} is no number`);
}

export function flag(json: unknown): boolean {
  if (typeof json === 'boolean') return json;
  throw new TypeError(`${String(json)} is no flag`);
}

export function list(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  throw new TypeError(`${String(json)} is no list`);
}
