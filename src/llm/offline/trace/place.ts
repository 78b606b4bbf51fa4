/**
 * Lines of a script that find the pods behind processes in the cluster, by what the trace says of them: the names, or
 * where its recorder could not ask the cluster, the pod's uid or the first digits of the container's ID. They need
 * `pids` and bring `places`, with the CPU limit of each.
 */
export const PLACES = `
// The pods behind them: by name, or by the container's ID where the trace has no name.
type Pod = Awaited<ReturnType<typeof k8s.get>>;
type Container = { name: string; containerID?: string; resources?: { limits?: { cpu?: string } } };
const idIn = (status: { containerStatuses?: Container[] } | undefined, id: string | undefined) =>
  id ? status?.containerStatuses?.find(c => c.containerID?.includes(id)) : undefined;
const { processes } = await trace.processes({ limit: 500 });
const placed = processes.filter(p => pids.includes(p.pid) && (p.pod || p.container));
const unnamed = placed.some(p => !p.namespace);
const { items } = unnamed
  ? await k8s.list({
      kind: 'Pod', namespace: '*', limit: 50_000,
      fields: ['metadata.name', 'metadata.namespace', 'metadata.uid', 'spec.nodeName',
        'spec.containers', 'status.containerStatuses'],
    })
  : { items: [] as Pod[] };
const places = await Promise.all(placed.map(async p => {
  const pod = p.namespace && p.pod
    ? await k8s.get({ kind: 'Pod', name: p.pod, namespace: p.namespace }).catch(() => undefined)
    : items.find(({ metadata, status }) => metadata.uid === p.pod || idIn(status, p.container));
  if (!pod) return { pid: p.pid, name: p.name, ref: '', node: '', cpu: '', gone: p.pod ?? p.container };
  const { namespace, name } = pod.metadata;
  const own: string = idIn(pod.status, p.container)?.name ?? p.container ?? '';
  const containers: Container[] = pod.spec.containers;
  const container = containers.find(c => c.name === own) ?? containers[0];
  const cpu = container?.resources?.limits?.cpu ?? '';
  return { pid: p.pid, name: p.name, ref: \`Pod \${namespace}/\${name}\`, node: pod.spec.nodeName ?? '', cpu, gone: '' };
}));`;
