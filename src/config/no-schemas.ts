/**
 * Settings of Fastify: no route has a schema, so that the compilers of schemas, a tenth of a cold start, need not be
 * loaded. A route that came to have one would fail at start.
 */
export const NO_SCHEMAS = {
  compilersFactory: { buildValidator: refuse, buildSerializer: refuse },
};

function refuse(): never {
  throw new Error('a route has a schema, and there is nothing to compile it with: see src/config/no-schemas.ts');
}
