import { RouteConfig } from '@nestjs/platform-fastify';

/** Marks a route that the admin port answers to everyone who reaches it: probes, which have no token. */
export const Open = () => RouteConfig({ open: true });

/** Whether the configuration of a route of Fastify has that mark. */
export function isOpen(config: object): boolean {
  return 'open' in config && config.open === true;
}
