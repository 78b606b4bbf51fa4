import { pathOf } from '../../../cluster/client/paths.ts';
import { ApiError } from '../../../cluster/errors.ts';
import type { ApiResource, KubeObject } from '../../../cluster/types.ts';
import type { CapabilityContext, PlannedRequest } from '../../define.ts';
import { comparable } from '../drift/release-drift.ts';
import { manifestObjects, type Release } from '../release.ts';
import { mergePatch, threeWay } from './merge.ts';

export type Step = 'create' | 'change' | 'delete';

export interface PlannedStep {
  step: Step;
  /** `Deployment shop/web` */
  object: string;
  request: PlannedRequest;
}

export interface RollbackPlan {
  /** In the order in which they are sent: what is missing, what changes, what the old revision does not have. */
  steps: PlannedStep[];
  unchanged: number;
}

/** Whose fields they are to Helm itself, so that its next upgrade meets no conflict. */
const MANAGER = { fieldManager: 'helm' };

/** What has to be sent so that the live objects of a release are those of an older revision. Changes nothing. */
export async function planRollback(
  context: CapabilityContext,
  current: Release,
  target: Release,
  serverSide: boolean,
): Promise<RollbackPlan> {
  const wanted = await located(context, manifestObjects(target.manifest), target);
  const before = await located(context, manifestObjects(current.manifest), current);
  const steps: PlannedStep[] = [];
  let unchanged = 0;
  for (const [key, { object, path, label }] of wanted) {
    const live = await liveObject(context, path);
    const owned = withHelmMetadata(object, target);
    const step = live
      ? change(before.get(key)?.object, owned, live, path, serverSide)
      : { step: 'create' as const, request: creation(owned, path, serverSide) };
    if (step) steps.push({ ...step, object: label });
    else unchanged += 1;
  }
  for (const [key, { object, path, label }] of before) {
    const isKept = object.metadata.annotations?.['helm.sh/resource-policy'] === 'keep';
    if (wanted.has(key) || isKept || !(await liveObject(context, path))) continue;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background' };
    steps.push({ step: 'delete', object: label, request: { method: 'DELETE', path, body } });
  }
  const order: Step[] = ['create', 'change', 'delete'];
  steps.sort((a, b) => order.indexOf(a.step) - order.indexOf(b.step));
  return { steps, unchanged };
}

interface Located {
  object: KubeObject;
  path: string;
  label: string;
}

/** Objects by their path on the server, which is what makes two of them the same one. */
async function located(
  context: CapabilityContext,
  objects: KubeObject[],
  release: Release,
): Promise<Map<string, Located>> {
  const found = new Map<string, Located>();
  for (const rendered of objects) {
    const resource = await context.cluster.resolve(`${rendered.apiVersion} ${rendered.kind}`, context.signal);
    const namespace = resource.namespaced ? (rendered.metadata.namespace ?? release.namespace) : undefined;
    const { name } = rendered.metadata;
    const object = { ...rendered, metadata: { ...rendered.metadata, ...(namespace && { namespace }) } };
    const path = pathOf(resource, { namespace, name });
    found.set(pathOf(unversioned(resource), { namespace, name }), {
      object,
      path,
      label: `${rendered.kind} ${namespace ? `${namespace}/` : ''}${name}`,
    });
  }
  return found;
}

function unversioned(resource: ApiResource): ApiResource {
  return { ...resource, version: 'v' };
}

async function liveObject(context: CapabilityContext, path: string): Promise<KubeObject | undefined> {
  try {
    const response = await context.cluster.request({ method: 'GET', path, signal: context.signal });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as KubeObject;
  } catch (error) {
    if (error instanceof ApiError && error.statusCode === 404) return undefined;
    throw error;
  }
}

function creation(object: KubeObject, path: string, serverSide: boolean): PlannedRequest {
  if (serverSide) return apply(object, path);
  return { method: 'POST', path: path.slice(0, path.lastIndexOf('/')), query: MANAGER, body: object };
}

function change(
  before: KubeObject | undefined,
  wanted: KubeObject,
  live: KubeObject,
  path: string,
  serverSide: boolean,
): Pick<PlannedStep, 'step' | 'request'> | undefined {
  const { status: _status, ...now } = live;
  const after = threeWay(before && comparable(before), comparable(wanted), now);
  const body = mergePatch(now, after);
  if (body === undefined) return undefined;
  const contentType = 'application/merge-patch+json';
  const request: PlannedRequest = serverSide
    ? apply(wanted, path)
    : { method: 'PATCH', path, query: MANAGER, body, contentType };
  return { step: 'change', request };
}

function apply(object: KubeObject, path: string): PlannedRequest {
  const query = { ...MANAGER, force: true };
  return { method: 'PATCH', path, query, body: object, contentType: 'application/apply-patch+yaml' };
}

/** Helm marks what it owns; these marks are not part of the stored manifest. */
function withHelmMetadata(object: KubeObject, { name, namespace }: Release): KubeObject {
  const labels = { ...object.metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' };
  const annotations = {
    ...object.metadata.annotations,
    'meta.helm.sh/release-name': name,
    'meta.helm.sh/release-namespace': namespace,
  };
  return { ...object, metadata: { ...object.metadata, labels, annotations } };
}
