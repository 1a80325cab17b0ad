/** Keeps the last few of what takes long to make; what is asked for while it is made is made once. */
export function kept<Key, Value>(most: number, make: (key: Key) => Promise<Value>) {
  const values = new Map<Key, Promise<Value>>();
  return (key: Key): Promise<Value> => {
    const value = values.get(key) ?? make(key);
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
