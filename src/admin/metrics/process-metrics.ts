import type { Registry } from 'prom-client';
import type { PrometheusLibrary } from './prometheus-library.js';

/** CPU, memory, descriptors and the event loop of this process, under the names that dashboards for Node know. */
export class ProcessMetrics {
  private registry: Registry | undefined;

  /** What measures over time, such as the event loop's lag, begins with the first call. */
  text(library: PrometheusLibrary): Promise<string> {
    this.registry ??= startedRegistry(library);
    return this.registry.metrics();
  }
}

function startedRegistry({ Registry: NewRegistry, collectDefaultMetrics }: PrometheusLibrary): Registry {
  const registry = new NewRegistry();
  collectDefaultMetrics({ register: registry });
  return registry;
}
