import { BlockList, isIP } from 'node:net';
import type { Environment } from './kubeconfig-file.ts';

/**
 * The proxy that HTTPS_PROXY, HTTP_PROXY and NO_PROXY ask for, by the rules of Go's net/http (which kubectl
 * follows): loopback is never proxied; NO_PROXY holds hosts, .domains, addresses, CIDR ranges or `*`.
 */
export function proxyFromEnvironment(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  const proxy = env[name] || env[name.toLowerCase()];
  if (!proxy) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')))
    return undefined;
  const excluded = (env['NO_PROXY'] || env['no_proxy'] || '')
    .split(',')
    .map(rule => rule.trim().toLowerCase());
  if (excluded.some(rule => rule !== '' && matches(rule, host, url.port))) return undefined;
  return /^[a-z0-9]+:\/\//i.test(proxy) ? proxy : `http://${proxy}`;
}

function matches(rule: string, host: string, port: string): boolean {
  if (rule === '*') return true;
  const [, bare = rule, rulePort] = /^(.*?)(?::(\d+))?$/.exec(isIP(rule) === 6 ? '' : rule) ?? [];
  if (rulePort && rulePort !== port) return false;
  const [network, bits] = bare.split('/');
  if (bits !== undefined && isIP(host)) return inNetwork(network!, Number(bits), host);
  if (bare === host) return true;
  return host.endsWith(bare.startsWith('.') ? bare : `.${bare}`);
}

function inNetwork(network: string, bits: number, host: string): boolean {
  const family = isIP(network);
  if (family === 0 || family !== isIP(host) || !Number.isInteger(bits)) return false;
  if (bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const type = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, bits, type);
  return list.check(host, type);
}
