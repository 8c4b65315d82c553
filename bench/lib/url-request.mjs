/** Makes requests to a server on loopback that gets a workload as it is. */
export function urlRequest(port) {
  return ({ method, path, headers, body }) => ({ url: `http://127.0.0.1:${port}${path}`, method, headers, body });
}
