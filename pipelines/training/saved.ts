import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '../../src/core/parameters.ts';
import type { DataFolder } from '../../src/formats/data-folder.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { saveModel, saveOnnx } from '../../src/models/model-file.ts';
import { wholeFolder } from '../new-folder.ts';
import type { Prepared } from './prepared.ts';

/** What it takes to embed others, and the folder's own embedded: all of it or none, since vectors beside another run's model would be worse than nothing. */
export async function saveTrained<Query, Document>(
  out: string,
  { sides, layers, besides }: Prepared<Query, Document>,
  embedded: DataFolder | undefined,
  card: string,
  signal: AbortSignal,
): Promise<void> {
  const files: Parameters = {
    ...learnedNames(sides.parameters),
    ...besides,
    ...(embedded && { corpus: embedded.corpus.vectors, queries: embedded.queries.vectors }),
  };
  await wholeFolder(out, async (folder) => {
    for (const [name, rows] of Object.entries(files))
      await writeNpy(join(folder, `${name}.npy`), [rows], { rows: rows.rows, cols: rows.cols, signal });
    await saveModel(join(folder, 'model.safetensors'), layers, { signal });
    for (const side of ['query', 'document'] as const)
      await saveOnnx(join(folder, `model-${side}.onnx`), layers[side], { signal });
    await writeFile(join(folder, 'README.md'), card);
  });
}

/** By the names of the parameters; weights alone are a projection. */
function learnedNames(parameters: Parameters): Parameters {
  const { weights, ...others } = parameters;
  return weights === undefined ? parameters : { projection: weights, ...others };
}
