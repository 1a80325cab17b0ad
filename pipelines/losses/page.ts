import { type Advice, FAMILIES, GOALS, GUIDE, SUPERVISION, type Where } from './guide.ts';

/** `infoNce({ temperature: 0.05 })` */
export function call({ loss, settings }: Pick<Advice, 'loss' | 'settings'>): string {
  const named = Object.entries(settings).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? `'${value}'` : value}`,
  );
  return `${loss}(${named.length === 0 ? '' : `{ ${named.join(', ')} }`})`;
}

/** The guide as a page of Markdown. */
export function page(): string {
  const lines = [
    '# Choosing a loss',
    '',
    '`nearmiss losses choose` asks what this page says. Both come from `pipelines/losses/guide.ts`; `npm run docs` writes the page.',
    'Of each part the first row that fits is the one to take.',
    '',
    '## What stands behind them',
    '',
    ...Object.entries(FAMILIES).map(([loss, behind]) => `- \`${loss}\`: ${behind}`),
  ];
  for (const [supervision, says] of Object.entries(SUPERVISION)) {
    const part = GUIDE.filter(({ where }) => where.supervision === supervision);
    lines.push('', `## ${supervision}: of each row is known ${says}`, '', '| for | loss |', '| --- | --- |');
    for (const advice of part) lines.push(`| ${conditions(advice.where)} | \`${call(advice)}\` |`);
    for (const advice of part) {
      lines.push('', `**\`${call(advice)}\`**, for ${conditions(advice.where)}`, '');
      lines.push(`- Why: ${advice.why}`, `- Watch: ${advice.watch}`, `- Behind it: ${advice.behind}`);
      if (advice.instead !== undefined) lines.push(`- Instead: ${advice.instead}`);
      if (advice.logOf !== undefined) lines.push(`- log(${advice.logOf.question}) is ${advice.logOf.says}.`);
      lines.push(`- Source: ${advice.source}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function conditions({
  goal,
  graded,
  outliers,
  imbalanced,
  'large-model': large,
  classes,
  batch,
}: Where): string {
  const words = [
    goal && GOALS[goal],
    graded && 'graded pairs',
    outliers && 'outliers',
    imbalanced && 'imbalanced classes',
    large && 'a large model',
    classes !== undefined && `${classes} classes or more`,
    batch !== undefined && `batches of ${batch} rows or more`,
  ].filter((word) => typeof word === 'string');
  return words.join('; ') || 'all else';
}
