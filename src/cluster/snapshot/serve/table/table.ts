import type { TransportRequest } from '../../../transport.ts';
import type { KubeObject } from '../../../types.ts';
import type { Served } from '../../catalogue.ts';
import { textOf } from '../selection.ts';
import { AGE, type Column, NAME } from './columns.ts';
import { OTHER_COLUMNS } from './others.ts';
import { POD_COLUMNS } from './pod.ts';
import { WORKLOAD_COLUMNS } from './workloads.ts';

const COLUMNS: Record<string, readonly Column[]> = {
  pods: POD_COLUMNS,
  ...WORKLOAD_COLUMNS,
  ...OTHER_COLUMNS,
};

/** Whether the client wants a meta.k8s.io/v1 Table, which is what `kubectl get` prints. */
export function wantsTable(accept: string | undefined): boolean {
  return /as=Table/.test(accept?.split(',')[0] ?? '');
}

/**
 * Objects as a meta.k8s.io/v1 Table. Kinds without columns of their own get Name and Age, as CRDs without
 * `additionalPrinterColumns` do. `includeObject` (None, Metadata, Object) decides what each row carries along.
 */
export function tableOf(
  served: Pick<Served, 'group' | 'plural'>,
  objects: readonly KubeObject[],
  options: { query: TransportRequest['query']; metadata: Record<string, unknown>; now: number },
): Record<string, unknown> {
  const columns = COLUMNS[served.group ? `${served.plural}.${served.group}` : served.plural] ?? [NAME, AGE];
  const include = textOf(options.query, 'includeObject') || 'Metadata';
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: columns.map(({ cell: _, ...definition }) => ({ ...definition, description: '' })),
    rows: objects.map(object => ({
      cells: columns.map(column => column.cell(object, options.now)),
      ...(include === 'None' ? {} : { object: include === 'Object' ? object : metadataOf(object) }),
    })),
  };
}

function metadataOf(object: KubeObject): Record<string, unknown> {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
