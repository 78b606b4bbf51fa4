/**
 * A `fetch` that goes through the proxy named in HTTPS_PROXY, HTTP_PROXY and NO_PROXY (either case), or
 * undefined where none is named. Node's own `fetch` ignores these variables.
 */
export function proxyFetch(env: NodeJS.ProcessEnv): typeof globalThis.fetch | undefined {
  const httpProxy = env['http_proxy'] ?? env['HTTP_PROXY'];
  const httpsProxy = env['https_proxy'] ?? env['HTTPS_PROXY'];
  const noProxy = env['no_proxy'] ?? env['NO_PROXY'];
  if (!httpProxy && !httpsProxy) return undefined;
  let sender: Promise<typeof globalThis.fetch> | undefined;
  const connect = async () => {
    const { EnvHttpProxyAgent, fetch } = await import('undici');
    const dispatcher = new EnvHttpProxyAgent({ httpProxy, httpsProxy, noProxy });
    const send = (input: string | URL, init?: object) => fetch(input, { ...init, dispatcher });
    return send as unknown as typeof globalThis.fetch;
  };
  return async (input, init) => {
    sender ??= connect();
    return (await sender)(input, init);
  };
}
