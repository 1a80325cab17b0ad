import { CATALOG, lossNamed } from '../../src/catalog/catalog.ts';
import { type Input, KINDS } from '../../src/catalog/input.ts';
import type { Row } from '../../src/catalog/row.ts';
import { kebab } from './flags.ts';
import { wrapped } from './wrapped.ts';

export const LIST_OPTIONS = {
  json: { type: 'boolean', describe: 'one JSON object on one line', default: false },
} as const;

/** Prints every loss by its folder, or the one that is named with its options. */
export function list({ name, json }: { readonly name?: string; readonly json: boolean }): void {
  if (name === undefined) console.log(json ? JSON.stringify(everyFact()) : every());
  else {
    const found = lossNamed('losses', name);
    console.log(json ? JSON.stringify(factsOf(found)) : inFull(found));
  }
}

function every(): string {
  return Object.entries(CATALOG)
    .map(([folder, rows]) => [folder, ...rows.map(brief)].join('\n'))
    .join('\n\n');
}

function brief(row: Row): string {
  return [
    wrapped(`${row.name}: ${row.says}`, '  ', '      '),
    wrapped(`of ${inputsOf(row)} (${row.paper})`, '      '),
  ].join('\n');
}

function inFull(row: Row): string {
  const options = Object.entries(row.options).map(([name, { kind, byDefault }]) =>
    wrapped(`${name}: ${kind}${byDefault === undefined ? '' : `; by default ${byDefault}`}`, '  ', '      '),
  );
  return [
    wrapped(`${row.name}: ${row.says}`, '', '  '),
    wrapped(row.paper, '  '),
    '',
    'inputs',
    ...everyInput(row).map(({ name, says, kind, along, required }) => {
      const of = kind === 'number' || kind === 'flag' ? KINDS[kind] : `${KINDS[kind]}, ${ALONG[along]}`;
      return wrapped(
        `--${kebab(name)}: ${says} (${of})${required ? '' : '; may be left out'}`,
        '  ',
        '      ',
      );
    }),
    '',
    'options',
    ...options,
  ].join('\n');
}

const ALONG = {
  rows: 'one a row',
  views: 'one a row of each view',
  negatives: 'one a negative',
  anchors: 'in the order of their batches',
  whole: 'the same in every batch',
} as const;

function everyInput({ takes: { required, optional } }: Row) {
  return [
    ...required.map((input) => factsOfInput(input, true)),
    ...optional.map((input) => factsOfInput(input, false)),
  ];
}

function factsOfInput({ name, says, kind, along }: Input, required: boolean) {
  return { name, says, kind, along, required };
}

/** `anchors, positives [negatives, negative-ids]` */
function inputsOf({ takes: { required, optional } }: Row): string {
  const [needed, others] = [required, optional].map((inputs) =>
    inputs.map(({ name }) => kebab(name)).join(', '),
  );
  return others === '' ? needed : `${needed} [${others}]`;
}

function factsOf(row: Row) {
  const { name, says, paper } = row;
  const options = Object.entries(row.options).map(([option, { kind, byDefault }]) => [
    option,
    { kind, default: byDefault },
  ]);
  return { name, says, paper, inputs: everyInput(row), options: Object.fromEntries(options) };
}

function everyFact() {
  return Object.fromEntries(Object.entries(CATALOG).map(([folder, rows]) => [folder, rows.map(factsOf)]));
}
