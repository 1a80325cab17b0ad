import fc from 'fast-check';

/**
 * Properties are held against the same cases in every run, so that a run says something of the change and not of its luck.
 * `NEARMISS_FUZZ=1000 npm test` draws new ones, that many for each property that does not say how many it takes.
 */
const { NEARMISS_FUZZ } = process.env;

if (NEARMISS_FUZZ === undefined) fc.configureGlobal({ seed: 20_261_125 });
else fc.configureGlobal({ numRuns: Number(NEARMISS_FUZZ) });
