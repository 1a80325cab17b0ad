import type { z } from 'zod';

/** What a message says, if it is JSON of such a shape. */
export function unpacked<Shape extends z.ZodType>(
  shape: Shape,
  message: { json(): unknown },
): z.infer<Shape> | undefined {
  try {
    return shape.safeParse(message.json()).data;
  } catch {
    return undefined;
  }
}
