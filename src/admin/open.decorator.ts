import { SetMetadata } from '@nestjs/common';

export const OPEN = Symbol('OPEN');

/** Marks what the admin port answers to everyone who reaches it: probes, which have no token. */
export const Open = () => SetMetadata(OPEN, true);
