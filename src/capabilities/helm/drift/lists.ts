import { isRecord } from '../../../shared/json.ts';

/** How the items of a list are told apart. */
export interface ListKey {
  name(item: Record<string, unknown>): string;
}

/** Fields that name an item, the most telling first (patchMergeKey and listMapKeys in kubernetes/api). */
const KEYS: Array<{ lists: RegExp; fields: string[]; defaults?: Record<string, string> }> = [
  {
    lists: /\.containers\[[^\]]*\]\.ports$/,
    fields: ['containerPort', 'protocol'],
    defaults: { protocol: 'TCP' },
  },
  { lists: /\.volumeMounts$/, fields: ['mountPath'] },
  { lists: /\.volumeDevices$/, fields: ['devicePath'] },
  { lists: /\.hostAliases$/, fields: ['ip'] },
  { lists: /\.topologySpreadConstraints$/, fields: ['topologyKey', 'whenUnsatisfiable'] },
  { lists: /^\.spec\.ports$/, fields: ['port', 'protocol'], defaults: { protocol: 'TCP' } },
];
const COMMON = ['name', 'key', 'host', 'path', 'type'];

/** The key of a list whose items all have one, and no two the same; undefined for lists of plain values. */
export function keyOfList(items: unknown[], path: string): ListKey | undefined {
  if (items.length === 0 || !items.every(isRecord)) return undefined;
  const special = KEYS.find(({ lists }) => lists.test(path));
  const candidates = [
    ...(special ? [special] : []),
    ...COMMON.map(field => ({ fields: [field], defaults: {} })),
  ];
  for (const { fields, defaults } of candidates) {
    const name = (item: Record<string, unknown>) =>
      fields.map(field => String(item[field] ?? defaults?.[field as never] ?? '')).join('/');
    const isNamed = items.every(item => item[fields[0]!] !== undefined);
    if (isNamed && new Set(items.map(name)).size === items.length) return { name };
  }
  return undefined;
}
