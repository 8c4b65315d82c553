/**
 * Members of `requestContext` that are empty in every event, as in the original: a handler in Python that reads one of
 * them must not fail on a missing key.
 */
export const GATEWAY_CONTEXT = { accountId: '', resourceId: '', resourcePath: '', apiId: '', stage: '' } as const;

export type GatewayContext = { readonly [member in keyof typeof GATEWAY_CONTEXT]: '' };
