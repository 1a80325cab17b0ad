export const REPORT_OPTION = {
  type: 'string',
  describe: 'file for a report to look at, .html, or its figures: .md, .tex, .csv or .json',
  requiresArg: true,
} as const;

export const AGAINST_OPTION = {
  type: 'string',
  describe:
    'folder whose corpus.npy and queries.npy, rows in the same order, the report sets the vectors against: what was before',
  defaultDescription: 'the same vectors as they are, before each side less its mean over split train',
  requiresArg: true,
} as const;
