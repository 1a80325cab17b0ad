import { refuse } from '../core/check.ts';
import { CLASSIFICATION } from './losses/classification.ts';
import { HINGE } from './losses/hinge.ts';
import { LABELLED } from './losses/labelled.ts';
import { PAIRS } from './losses/pairs.ts';
import { PROXIES } from './losses/proxies.ts';
import { REGRESSION } from './losses/regression.ts';
import { VIEWS } from './losses/views.ts';
import type { Row } from './row.ts';

/** Every loss, by the folder of src/losses it stands in. */
export const CATALOG: Readonly<Record<string, readonly Row[]>> = {
  regression: REGRESSION,
  classification: CLASSIFICATION,
  hinge: HINGE,
  pairs: PAIRS,
  views: VIEWS,
  labelled: LABELLED,
  proxies: PROXIES,
};

/**
 * The row of a loss.
 *
 * @throws RangeError if there is no loss of that name
 */
export function lossNamed(where: string, name: string): Row {
  const rows = Object.values(CATALOG).flat();
  const like = rows.find((row) => row.name.toLowerCase() === name.toLowerCase());
  if (like?.name === name) return like;
  const meant = like === undefined ? 'a name that `nearmiss losses` lists' : like.name;
  return refuse(where, `LOSS must be ${meant}`, `'${name}'`);
}
