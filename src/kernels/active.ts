import type { Kernels } from './kernels.ts';
import { native } from './native/native.ts';
import { plain } from './plain/plain.ts';

/** The native kernels where they were built, unless `NEARMISS_KERNELS=plain`. */
function chosen(): Kernels {
  if (process.env.NEARMISS_KERNELS === 'plain') return plain;
  const built = native();
  if (built !== undefined) return built;
  console.error(
    'nearmiss: the native kernels are not built (it takes a C++ compiler at install); using the plain ones',
  );
  return plain;
}

/** The kernels everything runs on. Who calls them does not know which implementation they are. */
export const kernels: Kernels = chosen();
