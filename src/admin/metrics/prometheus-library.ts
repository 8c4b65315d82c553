/** What writes the text format; loaded when `/metrics` is asked for the first time, which a start does not wait for. */
export type PrometheusLibrary = typeof import('prom-client');

export function loadPrometheusLibrary(): Promise<PrometheusLibrary> {
  return import('prom-client');
}
