/** Keeps the last few of what takes long to make, by a key; what is asked for while it is made is made once. */
export function kept<From, Value>(
  most: number,
  keyOf: (from: From) => string,
  make: (from: From) => Promise<Value>,
): (from: From) => Promise<Value> {
  const values = new Map<string, Promise<Value>>();
  return (from) => {
    const key = keyOf(from);
    const value = values.get(key) ?? make(from);
    // the one used last stands last
    values.delete(key);
    values.set(key, value);
    value.catch(() => values.delete(key));
    for (const oldest of values.keys()) {
      if (values.size <= most) break;
      values.delete(oldest);
    }
    return value;
  };
}
