import type { KubeObject } from '../../../types.ts';
import { joined, orNone, selectorText, since } from './cells.ts';
import { AGE, type Column, NAME, text, whole, wide } from './columns.ts';

const CREATED = text('Created At', object => String(object.metadata.creationTimestamp ?? '<unknown>'));
const count = (value: unknown) => Object.keys((value as object | undefined) ?? {}).length;
const address = (node: KubeObject, type: string) =>
  orNone(
    node.status?.addresses?.find((item: { type: string; address: string }) => item.type === type)?.address,
  );

/** Columns of everything that is neither pod nor workload, as kubectl prints them. */
export const OTHER_COLUMNS: Record<string, readonly Column[]> = {
  services: [
    NAME,
    text('Type', object => String(object.spec?.type ?? 'ClusterIP')),
    text('Cluster-IP', object => orNone(object.spec?.clusterIP)),
    text('External-IP', externalIp),
    text('Port(s)', object =>
      joined(
        object.spec?.ports?.map((port: { port: number; nodePort?: number; protocol?: string }) =>
          port.nodePort
            ? `${port.port}:${port.nodePort}/${port.protocol ?? 'TCP'}`
            : `${port.port}/${port.protocol ?? 'TCP'}`,
        ),
      ),
    ),
    AGE,
    wide('Selector', object => selectorText({ matchLabels: object.spec?.selector })),
  ],
  'ingresses.networking.k8s.io': [
    NAME,
    text('Class', object => orNone(object.spec?.ingressClassName)),
    text('Hosts', object => {
      const hosts = (object.spec?.rules ?? []).map((rule: { host?: string }) => rule.host).filter(Boolean);
      return hosts.length > 0 ? hosts.join(',') : '*';
    }),
    text('Address', object =>
      (object.status?.loadBalancer?.ingress ?? [])
        .map((item: { ip?: string; hostname?: string }) => item.ip ?? item.hostname)
        .join(','),
    ),
    text('Ports', object => (object.spec?.tls?.length ? '80, 443' : '80')),
    AGE,
  ],
  endpoints: [
    NAME,
    text('Endpoints', object =>
      joined(
        (object.subsets ?? []).flatMap(
          (subset: { addresses?: Array<{ ip: string }>; ports?: Array<{ port: number }> }) =>
            (subset.addresses ?? []).flatMap(({ ip }) =>
              (subset.ports ?? []).map(({ port }) => `${ip}:${port}`),
            ),
        ),
      ),
    ),
    AGE,
  ],
  'endpointslices.discovery.k8s.io': [
    NAME,
    text('AddressType', object => String(object.addressType ?? '')),
    text('Ports', object => orUnset(object.ports?.map((port: { port?: number }) => port.port))),
    text('Endpoints', object =>
      orUnset((object.endpoints ?? []).flatMap((item: { addresses?: string[] }) => item.addresses ?? [])),
    ),
    AGE,
  ],
  nodes: [
    NAME,
    text('Status', nodeStatus),
    text('Roles', object =>
      joined(
        Object.keys(object.metadata.labels ?? {})
          .filter(label => label.startsWith('node-role.kubernetes.io/'))
          .map(label => label.split('/')[1])
          .sort(),
      ),
    ),
    AGE,
    text('Version', object => String(object.status?.nodeInfo?.kubeletVersion ?? '')),
    wide('Internal-IP', object => address(object, 'InternalIP')),
    wide('External-IP', object => address(object, 'ExternalIP')),
    wide('OS-Image', object => orNone(object.status?.nodeInfo?.osImage)),
    wide('Kernel-Version', object => orNone(object.status?.nodeInfo?.kernelVersion)),
    wide('Container-Runtime', object => orNone(object.status?.nodeInfo?.containerRuntimeVersion)),
  ],
  namespaces: [NAME, text('Status', object => String(object.status?.phase ?? 'Active')), AGE],
  events: eventColumns(),
  'events.events.k8s.io': eventColumns(),
  persistentvolumeclaims: [
    NAME,
    text('Status', object =>
      object.metadata.deletionTimestamp ? 'Terminating' : String(object.status?.phase ?? ''),
    ),
    text('Volume', object => String(object.spec?.volumeName ?? '')),
    text('Capacity', object => String(object.status?.capacity?.storage ?? '')),
    text('Access Modes', object => accessModes(object.status?.accessModes)),
    text('StorageClass', object => String(object.spec?.storageClassName ?? '')),
    text('VolumeAttributesClass', object => String(object.spec?.volumeAttributesClassName ?? '<unset>')),
    AGE,
    wide('VolumeMode', object => String(object.spec?.volumeMode ?? '<unset>')),
  ],
  persistentvolumes: [
    NAME,
    text('Capacity', object => String(object.spec?.capacity?.storage ?? '')),
    text('Access Modes', object => accessModes(object.spec?.accessModes)),
    text('Reclaim Policy', object => String(object.spec?.persistentVolumeReclaimPolicy ?? '')),
    text('Status', object =>
      object.metadata.deletionTimestamp ? 'Terminating' : String(object.status?.phase ?? ''),
    ),
    text('Claim', object =>
      object.spec?.claimRef ? `${object.spec.claimRef.namespace}/${object.spec.claimRef.name}` : '',
    ),
    text('StorageClass', object => String(object.spec?.storageClassName ?? '')),
    text('VolumeAttributesClass', object => String(object.spec?.volumeAttributesClassName ?? '<unset>')),
    text('Reason', object => String(object.status?.reason ?? '')),
    AGE,
    wide('VolumeMode', object => String(object.spec?.volumeMode ?? '<unset>')),
  ],
  'storageclasses.storage.k8s.io': [
    text('Name', object => {
      const { name, annotations } = object.metadata;
      return annotations?.['storageclass.kubernetes.io/is-default-class'] === 'true'
        ? `${name} (default)`
        : name;
    }),
    text('Provisioner', object => String(object.provisioner ?? '')),
    text('ReclaimPolicy', object => String(object.reclaimPolicy ?? 'Delete')),
    text('VolumeBindingMode', object => String(object.volumeBindingMode ?? 'Immediate')),
    text('AllowVolumeExpansion', object => String(object.allowVolumeExpansion ?? false)),
    AGE,
  ],
  configmaps: [NAME, whole('Data', object => count(object.data) + count(object.binaryData)), AGE],
  secrets: [
    NAME,
    text('Type', object => String(object.type ?? '')),
    whole('Data', object => count(object.data)),
    AGE,
  ],
  serviceaccounts: [NAME, whole('Secrets', object => object.secrets?.length), AGE],
  'networkpolicies.networking.k8s.io': [
    NAME,
    text('Pod-Selector', object => selectorText(object.spec?.podSelector)),
    AGE,
  ],
  'roles.rbac.authorization.k8s.io': [NAME, CREATED],
  'clusterroles.rbac.authorization.k8s.io': [NAME, CREATED],
  'rolebindings.rbac.authorization.k8s.io': bindingColumns(),
  'clusterrolebindings.rbac.authorization.k8s.io': bindingColumns(),
  limitranges: [NAME, CREATED],
};

function orUnset(items: readonly unknown[] | undefined): string {
  return items && items.length > 0 ? items.join(',') : '<unset>';
}

function bindingColumns(): Column[] {
  return [NAME, text('Role', object => `${object.roleRef?.kind}/${object.roleRef?.name}`), AGE];
}

function eventColumns(): Column[] {
  return [
    text('Last Seen', (event, now) => {
      const { series, lastTimestamp, deprecatedLastTimestamp, eventTime, firstTimestamp } = event;
      return since(
        series?.lastObservedTime ?? lastTimestamp ?? deprecatedLastTimestamp ?? eventTime ?? firstTimestamp,
        now,
      );
    }),
    text('Type', event => String(event.type ?? '')),
    text('Reason', event => String(event.reason ?? '')),
    text('Object', event => {
      const { kind, name } = event.involvedObject ?? event.regarding ?? {};
      return kind ? `${String(kind).toLowerCase()}/${name}` : String(name ?? '');
    }),
    wide('Subobject', event => String((event.involvedObject ?? event.regarding)?.fieldPath ?? '')),
    wide('Source', event =>
      [event.source?.component ?? event.reportingComponent ?? event.reportingController, event.source?.host]
        .filter(Boolean)
        .join(', '),
    ),
    text('Message', event => String(event.message ?? event.note ?? '').trim()),
    wide('First Seen', (event, now) => since(event.firstTimestamp ?? event.eventTime, now)),
    wide('Count', event => String(event.series?.count ?? event.count ?? event.deprecatedCount ?? 1)),
    { ...wide('Name', event => event.metadata.name), format: 'name' },
  ];
}

function externalIp(service: KubeObject): string {
  const { type, externalIPs, externalName } = service.spec ?? {};
  if (type === 'ExternalName') return String(externalName ?? '');
  const given: string[] = externalIPs ?? [];
  if (type !== 'LoadBalancer') return joined(given);
  const balanced = (service.status?.loadBalancer?.ingress ?? []).map(
    (item: { ip?: string; hostname?: string }) => item.ip ?? item.hostname,
  );
  const all = [...balanced, ...given];
  return all.length > 0 ? all.join(',') : '<pending>';
}

const MODES: Record<string, string> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};

function accessModes(modes: string[] | undefined): string {
  return (modes ?? []).map(mode => MODES[mode] ?? mode).join(',');
}

function nodeStatus(node: KubeObject): string {
  const conditions: Array<{ type: string; status: string }> = node.status?.conditions ?? [];
  const ready = conditions.find(item => item.type === 'Ready');
  const status = !ready ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}
