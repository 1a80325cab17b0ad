import { callOf } from './calls.ts';
import { NO_LIMITS } from './limits.ts';
import { emptyService, type Service, type ServiceOptions } from './service.ts';
import { checkKind } from './snapshots.ts';
import { openStoredFolder } from './stored-folder.ts';

/**
 * A service with the rows that a folder keeps, and that keeps what comes and goes there.
 *
 * @throws RangeError if the folder is another's, of another kind of index, or not as it was written
 */
export async function openService(options: ServiceOptions, path: string): Promise<Service> {
  // what was kept under other limits is not refused now
  const service = emptyService({ ...options, limits: NO_LIMITS });
  const folder = await openStoredFolder(
    path,
    (index) => {
      checkKind(path, service, index);
      service.index = index;
    },
    async (message) => void (await callOf(message).answer(service, message)),
  );
  return { ...service, limits: options.limits ?? NO_LIMITS, folder };
}
