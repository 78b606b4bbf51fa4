import { isDeepStrictEqual } from 'node:util';
import { isRecord } from '../../../shared/json.ts';
import type { KubeObject } from '../../types.ts';
import type { Served } from '../catalogue.ts';
import { type Cause, invalid } from '../status.ts';

const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** Refuses a name the API server would refuse. RBAC names may hold anything that fits into a path. */
export function validateName(served: Served, name: string): void {
  const pathLike = served.group === 'rbac.authorization.k8s.io' || served.group === 'apiregistration.k8s.io';
  const valid = pathLike
    ? !/[/%]/.test(name) && name !== '.' && name !== '..'
    : name.length <= 253 && SUBDOMAIN.test(name);
  if (valid) return;
  throw invalid(served, name, [
    {
      reason: 'FieldValueInvalid',
      field: 'metadata.name',
      message: `Invalid value: "${name}": ${SUBDOMAIN_RULE}`,
    },
  ]);
}

/** The rules whose breach people try most: immutable fields and negative replica counts. `before` is absent on create. */
export function validate(served: Served, before: KubeObject | undefined, after: KubeObject): void {
  const causes = [...replicas(after), ...(before ? immutables(served, before, after) : [])];
  if (causes.length > 0) throw invalid(served, after.metadata.name, causes);
}

function* replicas(object: KubeObject): Generator<Cause> {
  const count: unknown = object['spec']?.replicas;
  if (typeof count !== 'number' || count >= 0) return;
  yield {
    reason: 'FieldValueInvalid',
    field: 'spec.replicas',
    message: `Invalid value: ${count}: must be greater than or equal to 0`,
  };
}

const SELECTORS = new Set([
  'deployments.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'daemonsets.apps',
  'jobs.batch',
]);

function* immutables(served: Served, before: KubeObject, after: KubeObject): Generator<Cause> {
  const key = `${served.plural}.${served.group}`;
  if (SELECTORS.has(key) && !isDeepStrictEqual(before['spec']?.selector, after['spec']?.selector)) {
    const value = JSON.stringify(after['spec']?.selector);
    yield {
      reason: 'FieldValueInvalid',
      field: 'spec.selector',
      message: `Invalid value: ${value}: field is immutable`,
    };
  }
  if (key === 'pods.' && !isDeepStrictEqual(fixedPart(before['spec']), fixedPart(after['spec']))) {
    yield {
      reason: 'FieldValueForbidden',
      field: 'spec',
      message:
        'Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)',
    };
  }
  const immutable = (key === 'configmaps.' || key === 'secrets.') && before['immutable'] === true;
  if (immutable && !isDeepStrictEqual(before['data'], after['data'])) {
    yield {
      reason: 'FieldValueForbidden',
      field: 'data',
      message: 'Forbidden: field is immutable when `immutable` is set',
    };
  }
}

const POD_MUTABLE = new Set([
  'activeDeadlineSeconds',
  'ephemeralContainers',
  'schedulingGates',
  'terminationGracePeriodSeconds',
  'tolerations',
]);

/** A pod's spec without what may change. */
function fixedPart(spec: unknown): unknown {
  if (!isRecord(spec)) return spec;
  const withoutImages = (list: unknown) =>
    Array.isArray(list) ? list.map(item => (isRecord(item) ? { ...item, image: '' } : item)) : list;
  const fixed = Object.fromEntries(Object.entries(spec).filter(([field]) => !POD_MUTABLE.has(field)));
  return {
    ...fixed,
    containers: withoutImages(spec['containers']),
    initContainers: withoutImages(spec['initContainers']),
  };
}
