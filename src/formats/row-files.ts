import { extname } from 'node:path';
import { refuse } from '../core/check.ts';
import { openNpyRows } from './npy.ts';
import { openNpzRows } from './npz.ts';
import type { OpenRows } from './open-rows.ts';
import { openSafetensorsRows } from './safetensors.ts';
import { openBvecsRows, openFvecsRows } from './vecs.ts';

/**
 * Rows in a file of any kind that holds some, told by how its name ends: .npy, .npz, .safetensors, .fvecs or .bvecs.
 *
 * `name` is the array of a .npz or the tensor of a .safetensors that is meant, where there are several.
 *
 * @throws RangeError if the file is missing, of another kind, or not as it should be
 */
export async function openRows(path: string, name?: string): Promise<OpenRows> {
  const kind = extname(path);
  if (kind === '.npz') return openNpzRows(path, name);
  if (kind === '.safetensors') return openSafetensorsRows(path, name);
  if (name !== undefined) refuse(path, 'must be a .npz or .safetensors file for an array to be named', name);
  if (kind === '.npy') return openNpyRows(path);
  if (kind === '.fvecs') return openFvecsRows(path);
  if (kind === '.bvecs') return openBvecsRows(path);
  return refuse(path, 'must end in .npy, .npz, .safetensors, .fvecs or .bvecs', kind || 'nothing');
}
