import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Parameters } from '../../src/core/parameters.ts';
import { writeNpy } from '../../src/formats/npy.ts';
import { type Layers, saveModel, saveOnnx } from '../../src/models/model-file.ts';
import { wholeFolder } from '../new-folder.ts';

export interface Saved {
  /** what is written as .npy, by name */
  readonly matrices: Parameters;
  readonly layers: Layers;
  readonly card: string;
}

/** What it takes to embed others: all of it or none, since vectors beside another run's model would be worse than nothing. */
export async function saveTrained(
  out: string,
  { matrices, layers, card }: Saved,
  signal: AbortSignal,
): Promise<void> {
  await wholeFolder(out, async (folder) => {
    for (const [name, rows] of Object.entries(matrices))
      await writeNpy(join(folder, `${name}.npy`), [rows], { rows: rows.rows, cols: rows.cols, signal });
    await saveModel(join(folder, 'model.safetensors'), layers, { signal });
    const models =
      'query' in layers
        ? { 'model-query': layers.query, 'model-document': layers.document }
        : { model: layers };
    for (const [name, each] of Object.entries(models))
      await saveOnnx(join(folder, `${name}.onnx`), each, { signal });
    await writeFile(join(folder, 'README.md'), card);
  });
}
