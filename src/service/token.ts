import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import { refuse } from '../core/check.ts';

/** Fewer are guessed. */
const LEAST = 16;

/**
 * Says whether a header `Authorization: Bearer TOKEN` has the token, in a time that does not depend on how much of it is right.
 *
 * @throws RangeError if the token is too short to be one
 */
export function bearer(token: string): (header: string | undefined) => boolean {
  if (token.length < LEAST)
    refuse('serve', `the token must be of at least ${LEAST} characters`, token.length);
  const expected = digest(`Bearer ${token}`);
  return (header = '') => timingSafeEqual(digest(header), expected);
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a host, as it is bound to or asked for, is this machine and no other. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family > 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
