import { describe, expect, it } from 'vitest';
import { optionsFrom } from '../../../pipelines/training/job-file.ts';
import { flagsOf } from '../../../pipelines/training/option-table.ts';
import { JOB } from '../../../pipelines/training/options.ts';
import { scratch } from '../../formats/fixture.ts';

const files = scratch();
const read = (path: string | undefined, flags = {}) => optionsFrom('train', JOB, flags, path);

describe('the options of a job', () => {
  it('are those of a file, and over them those of flags', async () => {
    const path = await files.write('job.yaml', 'batch: 64\nrate: 0.01\nmatryoshka: [16, 32]\nmodel: mlp\n');
    expect(await read(path, { rate: 0.5, 'relative-margin': '0.1', config: path })).toMatchObject({
      batch: 64,
      rate: 0.5,
      matryoshka: [16, 32],
      model: 'mlp',
      'relative-margin': 0.1,
      seed: 0,
    });
  });

  it('may be written as JSON, and may be none', async () => {
    expect(await read(await files.write('job.json', '{"batch": 7}'))).toMatchObject({ batch: 7 });
    expect(await read(await files.write('empty.yaml', '# nothing\n'))).toEqual(JOB.parse({}));
    expect(await read(undefined)).toEqual(JOB.parse({}));
  });

  it.each([
    ['batch: 1', /job.yaml line 1: batch must be a whole number >= 2, got 1$/],
    ['\n\nbatch: many', /job.yaml line 3: batch must be a whole number >= 2, got 'many'$/],
    ['batch: 2.5', /line 1: batch must be a whole number >= 2, got 2.5$/],
    ['rate: 0', /line 1: rate must be a finite number > 0, got 0$/],
    ['average: 1', /line 1: average must be a finite number in \[0, 1\), got 1$/],
    ['seed: 4294967296', /line 1: seed must be a whole number in \[0, 2147483647\], got 4294967296$/],
    ['model: cubic', /line 1: model must be none or linear or low-rank or mlp, got 'cubic'$/],
    ['relative-margin: some', /line 1: relative-margin must be a finite number or none, got 'some'$/],
    [
      'matryoshka: [8, 0]',
      /line 1: matryoshka must be a list, of which each is a whole number >= 1, got \[8,0\]$/,
    ],
    ['symmetric: yes please', /line 1: symmetric must be true or false, got 'yes please'$/],
    ['seed: 1\nbach: 3', /line 2: an option must be one that nearmiss train --help lists, got bach$/],
    ['seed: 1\nseed: 2', /line 2: must be YAML, got Map keys must be unique$/],
    ['seed: [1', /line 1: must be YAML, got /],
    ['- 1', /job.yaml: must be options by name, got \[1\]$/],
  ])('refuse %j by line and name', async (text, message) => {
    await expect(read(await files.write('job.yaml', text))).rejects.toThrow(message);
  });

  it('refuse a flag by its name, and a file that is not there', async () => {
    await expect(read(undefined, { batch: NaN })).rejects.toThrow(
      /^train: --batch must be a whole number >= 2, got NaN$/,
    );
    await expect(read('/no/such.yaml')).rejects.toThrow(
      /^\/no\/such.yaml: must be a file that can be read, got /,
    );
  });

  it('are flags of their kinds, which say their defaults', () => {
    const flags = flagsOf(JOB);
    expect(Object.keys(flags)).toEqual(Object.keys(JOB.shape));
    expect(flags.batch).toMatchObject({ type: 'number', defaultDescription: '512' });
    expect(flags.model).toMatchObject({ choices: ['none', 'linear', 'low-rank', 'mlp'] });
    expect(flags.matryoshka).toMatchObject({ array: true, type: 'number' });
    for (const [name, { describe }] of Object.entries(flags)) expect(describe, name).toMatch(/\w/);
  });
});
