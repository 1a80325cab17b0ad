import { expectOurs } from './expect-ours.ts';

expectOurs();
