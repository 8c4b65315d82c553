import type { Manifest } from './chart.js';

/**
 * What the API server of a cluster would find wrong with an object, by the validators that kubernetes-models compiles from the
 * schemas of Kubernetes, KEDA and the Prometheus operator. They pass over fields that a schema does not have, as an
 * API server does with a warning at most; here such a field is wrong. A validator looks at each field that its
 * schema has, so that one at which nobody looked is one that nobody knows.
 */
export async function problemsOf(manifest: Manifest): Promise<string[]> {
  const { [manifest.kind]: Model } = (await import(modelOf(manifest))) as Record<string, Model>;
  if (!Model) return [`nothing is known of ${manifest.apiVersion} ${manifest.kind}`];
  const watch = new FieldWatch();
  try {
    watch.over(new Model(manifest)).validate();
  } catch (error) {
    return [`${manifest.kind} ${manifest.metadata.name}: ${(error as Error).message}`];
  }
  return watch.unseen(manifest).map((path) => `${manifest.kind} ${manifest.metadata.name}: unknown field ${path}`);
}

type Model = new (data: Manifest) => { validate(): void };

/** Where the model of a kind is; of what is not Kubernetes' own, in the package of its project. */
function modelOf({ apiVersion, kind }: Manifest): string {
  const packages: Readonly<Record<string, string>> = {
    'keda.sh': '@kubernetes-models/keda',
    'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
  };
  return `${packages[apiVersion.split('/')[0] ?? ''] ?? 'kubernetes-models'}/${apiVersion}/${kind}`;
}

/** Notes which fields are looked at, however deep they are. */
class FieldWatch {
  private readonly seen = new Set<string>();

  over<T extends object>(value: T, path = ''): T {
    return new Proxy(value, {
      get: (target, key) => {
        const found: unknown = Reflect.get(target, key);
        if (typeof key === 'symbol' || typeof found === 'function') return found;
        const place = `${path}/${key}`;
        this.seen.add(place);
        return typeof found === 'object' && found !== null ? this.over(found, place) : found;
      },
    });
  }

  /** The fields of an object that nobody looked at; of one that was not looked at, not what is in it. */
  unseen(value: unknown, path = ''): string[] {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([key, inner]) => {
      const place = `${path}/${key}`;
      return this.seen.has(place) ? this.unseen(inner, place) : [place];
    });
  }
}
