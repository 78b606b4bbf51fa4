import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbort, messageOf } from '../../shared/errors.ts';
import { ApiError } from '../errors.ts';
import type { ClusterClient } from '../port.ts';
import { type ApiResource, apiVersionOf } from '../types.ts';
import { directoryOf, pathPart } from './layout.ts';
import { ListFile } from './list-file.ts';
import { type LogTarget, logTargets } from './pod-logs.ts';
import { withoutValues } from './secrets.ts';

export interface KindCapture {
  objects: number;
  logs: LogTarget[];
  forbidden: string[];
  failures: Array<{ what: string; message: string }>;
}

export interface KindOptions {
  namespaces?: string[];
  includeSecretValues?: boolean;
  signal: AbortSignal;
}

/** Writes all objects of one kind: a file a namespace, or one file for a cluster-scoped kind. */
export async function captureKind(
  client: ClusterClient,
  resource: ApiResource,
  root: string,
  options: KindOptions,
): Promise<KindCapture> {
  const capture: KindCapture = { objects: 0, logs: [], forbidden: [], failures: [] };
  const refused: string[] = [];
  const namespaces = resource.namespaced ? (options.namespaces ?? ['*']) : ['*'];
  for (const namespace of namespaces) {
    const what = `${directoryOf(resource)}${namespace === '*' ? '' : ` in ${namespace}`}`;
    try {
      await captureList(client, resource, namespace, root, options, capture);
    } catch (error) {
      if (isAbort(error, options.signal) || !(error instanceof ApiError)) throw error;
      if (error.statusCode === 403) capture.forbidden.push(what);
      // 404 and 405: discovery promised a list that the server does not serve (a group going away).
      else capture.failures.push({ what, message: messageOf(error) });
      refused.push(messageOf(error));
    }
  }
  if (refused.length > 0) await noteRefusal(resource, root, refused);
  return capture;
}

/** `<kind>-errors.json`, as troubleshoot leaves it, so that a reader can tell "none" from "not allowed to look". */
async function noteRefusal(resource: ApiResource, root: string, messages: string[]): Promise<void> {
  const directory = join(root, 'cluster-resources');
  await mkdir(directory, { recursive: true });
  await writeFile(
    join(directory, `${pathPart(directoryOf(resource))}-errors.json`),
    `${JSON.stringify(messages)}\n`,
  );
}

async function captureList(
  client: ClusterClient,
  resource: ApiResource,
  namespace: string,
  root: string,
  options: KindOptions,
  capture: KindCapture,
): Promise<void> {
  const stem = join(root, 'cluster-resources', pathPart(directoryOf(resource)));
  const apiVersion = apiVersionOf(resource);
  const kind = `${apiVersion} ${resource.kind}`;
  const secret = resource.group === '' && resource.kind === 'Secret';
  const files = new Map<string, ListFile>();
  let current: ListFile | undefined;
  try {
    for await (const item of client.list({ kind, namespace }, options.signal)) {
      const place = resource.namespaced ? (item.metadata.namespace ?? '') : '';
      let file = files.get(place);
      if (!file) {
        const path = resource.namespaced ? join(stem, `${pathPart(place)}.json`) : `${stem}.json`;
        file = new ListFile(path, resource.kind, apiVersion);
        files.set(place, file);
      }
      if (current && file !== current) await current.flush();
      current = file;
      await file.add(secret && !options.includeSecretValues ? withoutValues(item) : item);
      capture.objects += 1;
      if (resource.group === '' && resource.kind === 'Pod') capture.logs.push(...logTargets(item));
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
}
