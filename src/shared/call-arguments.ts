import { isRecord } from './json.ts';
import { oneLine } from './text.ts';

/** Arguments whose value alone says enough, in the order in which a person would say them. */
const BARE = ['kind', 'name', 'pod', 'container', 'query', 'key', 'title'];

/** The arguments of a call in a few words: `Pod shop/checkout-9db4 previous tail=200`. */
export function keyArguments(args: unknown): string {
  if (!isRecord(args)) return args === undefined ? '' : plain(args);
  const words: string[] = [];
  const namespace = typeof args['namespace'] === 'string' ? args['namespace'] : '';
  const object = args['name'] ?? args['pod'];
  for (const key of BARE) {
    const value = args[key];
    if (value === undefined || typeof value === 'object') continue;
    const isObject = value === object && (key === 'name' || key === 'pod');
    words.push(isObject && namespace ? `${namespace}/${plain(value)}` : plain(value));
  }
  if (namespace && typeof object !== 'string')
    words.push(namespace === '*' ? 'all namespaces' : `-n ${namespace}`);
  for (const [key, value] of Object.entries(args)) {
    if (key === 'namespace' || value === undefined || value === false) continue;
    if (BARE.includes(key) && typeof value !== 'object') continue;
    words.push(value === true ? key : `${key}=${plain(value)}`);
  }
  return words.join(' ');
}

function plain(value: unknown): string {
  if (typeof value === 'string') return oneLine(value, 60);
  if (Array.isArray(value))
    return value.length <= 3 ? `[${value.map(plain).join(',')}]` : `[${value.length}]`;
  if (isRecord(value)) {
    const entries = Object.entries(value);
    return entries.length <= 2
      ? `{${entries.map(([k, v]) => `${k}=${plain(v)}`).join(',')}}`
      : `{${entries.length} keys}`;
  }
  return String(value);
}
