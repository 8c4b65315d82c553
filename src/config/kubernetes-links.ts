const NAME = /_SERVICE_HOST$|_SERVICE_PORT(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const ADDRESS = /^(tcp|udp|sctp):\/\//;

/**
 * Whether a variable is one that Kubernetes injects for a service of the namespace ("service links"), and not meant
 * for this host: a service called `admin` sets `ADMIN_PORT=tcp://10.0.0.7:80`.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
 */
export function isKubernetesLink(name: string, value: string): boolean {
  return NAME.test(name) || (name.endsWith('_PORT') && ADDRESS.test(value));
}
