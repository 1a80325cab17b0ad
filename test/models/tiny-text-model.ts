import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Matrix } from '../../src/core/matrix.ts';
import { onnxBytes, type OnnxValue } from '../../src/formats/onnx.ts';

/**
 * A folder as transformers.js reads it: a tokenizer of words between spaces, in lower case, that puts [CLS] before them, and a model whose
 * tokens are rows of a table: [PAD], [UNK], [CLS], and then the words'.
 */
export async function tinyTextModel(
  folder: string,
  words: readonly string[],
  table: Matrix,
): Promise<string> {
  const special = ['[PAD]', '[UNK]', '[CLS]'];
  const json = (name: string, value: unknown) => writeFile(join(folder, name), JSON.stringify(value));
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await json('config.json', { model_type: 'bert', hidden_size: table.cols });
  await json('tokenizer_config.json', {
    tokenizer_class: 'PreTrainedTokenizerFast',
    pad_token: '[PAD]',
    unk_token: '[UNK]',
    cls_token: '[CLS]',
    model_max_length: 5,
  });
  await json('tokenizer.json', {
    version: '1.0',
    added_tokens: special.map((content, id) => ({ id, content, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false })), // prettier-ignore
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'WhitespaceSplit' },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: '[CLS]', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] } },
    },
    decoder: null,
    model: {
      type: 'WordLevel',
      vocab: Object.fromEntries([...special, ...words].map((word, id) => [word, id])),
      unk_token: '[UNK]',
    },
  });
  const ids = (name: string): OnnxValue => ({ name, dtype: 'int64', shape: ['texts', 'tokens'] });
  const graph = {
    nodes: [{ op: 'Gather', inputs: ['table', 'input_ids'], output: 'last_hidden_state' }],
    tensors: { table },
    inputs: [ids('input_ids'), ids('attention_mask')],
    output: { name: 'last_hidden_state', dtype: 'float32', shape: ['texts', 'tokens', table.cols] },
  } as const;
  await writeFile(join(folder, 'onnx', 'model.onnx'), onnxBytes(graph));
  return folder;
}
