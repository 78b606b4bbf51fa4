import { isRecord } from '../../shared/json.ts';
import { type ApiResource, apiVersionOf, type KubeObject } from '../types.ts';
import { type Projection, project } from './fields.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** Takes out what is bookkeeping for servers and kubectl, in place: `managedFields` and the last-applied annotation. */
export function stripBookkeeping(object: KubeObject): KubeObject {
  const metadata: unknown = object.metadata;
  if (!isRecord(metadata)) return object;
  delete metadata['managedFields'];
  const annotations = metadata['annotations'];
  if (isRecord(annotations) && LAST_APPLIED in annotations) {
    delete annotations[LAST_APPLIED];
    if (Object.keys(annotations).length === 0) delete metadata['annotations'];
  }
  return object;
}

/** An item of a list as a caller gets it: named (items in lists lack kind and apiVersion), stripped, selected. */
export function finishItem(object: KubeObject, resource: ApiResource, projection?: Projection): KubeObject {
  const named: KubeObject =
    object.kind && object.apiVersion
      ? object
      : {
          ...object,
          apiVersion: object.apiVersion || apiVersionOf(resource),
          kind: object.kind || resource.kind,
        };
  return projection ? project(named, projection) : stripBookkeeping(named);
}
