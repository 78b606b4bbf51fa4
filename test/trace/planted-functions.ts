const KINDS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^nccl/, 'collective'],
  [/^sched_switch$/, 'host'],
  [/Free/, 'free'],
  [/[Aa]lloc|HostRegister/, 'alloc'],
  [/Memcpy/, 'copy'],
  [/Synchronize|EventRecord/, 'sync'],
  [/Graph/, 'graph'],
];

/** The kind and layer that the recorder gives a function. */
export function kindOfFunction(name: string): string {
  return KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? 'launch';
}

export function layerOfFunction(name: string): string {
  if (name === 'sched_switch') return 'host';
  if (name.startsWith('nccl')) return 'nccl';
  return name.startsWith('cuda') ? 'runtime' : 'driver';
}
