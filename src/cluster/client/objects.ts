import { KvError } from '../../shared/errors.ts';
import { ApiError } from '../errors.ts';
import type { AccessCheck, DeleteOptions, ObjectRef, Patch, WriteOptions } from '../port.ts';
import { readText, type TransportRequest } from '../transport.ts';
import type { ApiResource, KubeObject } from '../types.ts';
import { stripBookkeeping } from './clean.ts';
import { type ClientContext, namespaceOf, requestObject } from './context.ts';
import { explainingNotFound } from './not-found.ts';
import { pathOf } from './paths.ts';

const FIELD_MANAGER = 'kv';
const PATCH_TYPES: Record<Patch['type'], string> = {
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  json: 'application/json-patch+json',
};

interface Target {
  resource: ApiResource;
  namespace: string | undefined;
  name: string;
  path: string;
}

export async function getObject(
  context: ClientContext,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubeObject> {
  const target = await targetOf(context, ref, signal);
  const object = await send(context, target, { method: 'GET', path: target.path, signal });
  return stripBookkeeping(object);
}

export async function createObject(
  context: ClientContext,
  object: KubeObject,
  options: WriteOptions,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { resource, namespace } = await placeOf(context, object, signal);
  const path = pathOf(resource, { namespace });
  const created = await requestObject(context, {
    method: 'POST',
    path,
    query: writeQuery(options),
    body: object,
    signal,
  });
  return stripBookkeeping(created);
}

export async function replaceObject(
  context: ClientContext,
  object: KubeObject,
  options: WriteOptions,
  signal: AbortSignal,
): Promise<KubeObject> {
  const target = await targetOfObject(context, object, signal);
  const request: TransportRequest = {
    method: 'PUT',
    path: target.path,
    query: writeQuery(options),
    body: object,
    signal,
  };
  return stripBookkeeping(await send(context, target, request));
}

export async function applyObject(
  context: ClientContext,
  object: KubeObject,
  options: WriteOptions & { force?: boolean },
  signal: AbortSignal,
): Promise<KubeObject> {
  const target = await targetOfObject(context, object, signal);
  const { managedFields: _managed, ...metadata } = object.metadata;
  const applied = await requestObject(context, {
    method: 'PATCH',
    path: target.path,
    query: { ...writeQuery(options), force: options.force || undefined },
    body: { ...object, metadata },
    // JSON is YAML, and servers before 1.32 know only this type.
    contentType: 'application/apply-patch+yaml',
    signal,
  });
  return stripBookkeeping(applied);
}

export async function patchObject(
  context: ClientContext,
  ref: ObjectRef,
  patch: Patch,
  options: WriteOptions,
  signal: AbortSignal,
): Promise<KubeObject> {
  const target = await targetOf(context, ref, signal);
  try {
    const patched = await send(context, target, {
      method: 'PATCH',
      path: target.path,
      query: writeQuery(options),
      body: patch.body,
      contentType: PATCH_TYPES[patch.type],
      signal,
    });
    return stripBookkeeping(patched);
  } catch (error) {
    if (!(error instanceof ApiError) || error.statusCode !== 415) throw error;
    throw new ApiError(415, error.status, {
      message: `${target.resource.kind} does not take ${patch.type} patches.`,
      hint: 'Kinds from CustomResourceDefinitions take merge and json patches only.',
    });
  }
}

export async function deleteObject(
  context: ClientContext,
  ref: ObjectRef,
  options: DeleteOptions,
  signal: AbortSignal,
): Promise<void> {
  const target = await targetOf(context, ref, signal);
  const request: TransportRequest = {
    method: 'DELETE',
    path: target.path,
    query: { dryRun: options.dryRun ? 'All' : undefined },
    body: { apiVersion: 'v1', kind: 'DeleteOptions', ...deleteBody(options) },
    signal,
  };
  await carryOut(context, target, request);
}

export async function evictPod(
  context: ClientContext,
  ref: ObjectRef,
  options: DeleteOptions,
  signal: AbortSignal,
): Promise<void> {
  const target = await targetOf(context, { ...ref, subresource: 'eviction' }, signal);
  const request: TransportRequest = {
    method: 'POST',
    path: target.path,
    query: { dryRun: options.dryRun ? 'All' : undefined },
    body: {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: target.name, namespace: target.namespace },
      deleteOptions: deleteBody(options),
    },
    signal,
  };
  await carryOut(context, target, request);
}

/** Sends a request whose answer is not needed; a failure names the object. */
async function carryOut(context: ClientContext, target: Target, request: TransportRequest): Promise<void> {
  await explained(
    context,
    target,
    request,
    async () => void (await readText(await context.transport.request(request))),
  );
}

export async function checkAccess(
  context: ClientContext,
  check: AccessCheck,
  signal: AbortSignal,
): Promise<{ allowed: boolean; reason?: string }> {
  const resource = await context.resolve(check.kind, signal);
  const answer = await requestObject(context, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: {
        resourceAttributes: {
          verb: check.verb,
          group: resource.group,
          version: resource.version,
          resource: resource.plural,
          subresource: check.subresource,
          namespace: namespaceOf(context, resource, check.namespace),
          name: check.name,
        },
      },
    },
    signal,
  });
  const status = answer['status'] as
    | { allowed?: boolean; reason?: string; evaluationError?: string }
    | undefined;
  return {
    allowed: status?.allowed === true,
    reason: status?.reason || status?.evaluationError || undefined,
  };
}

async function targetOf(context: ClientContext, ref: ObjectRef, signal: AbortSignal): Promise<Target> {
  const resource = await context.resolve(ref.kind, signal);
  if (!ref.name)
    throw new KvError('failed', `A ${resource.kind} is wanted, but no name was given.`, {
      hint: 'Use list for all of them.',
    });
  const namespace = namespaceOf(context, resource, ref.namespace === '*' ? undefined : ref.namespace);
  const path = pathOf(resource, { namespace, name: ref.name, subresource: ref.subresource });
  return { resource, namespace, name: ref.name, path };
}

async function placeOf(
  context: ClientContext,
  object: KubeObject,
  signal: AbortSignal,
): Promise<{ resource: ApiResource; namespace: string | undefined }> {
  if (!object.kind || !object.apiVersion) {
    throw new KvError('failed', 'The object has no apiVersion and kind.', {
      hint: "Give both, for example apiVersion: 'apps/v1', kind: 'Deployment'.",
    });
  }
  const resource = await context.resolve(`${object.apiVersion} ${object.kind}`, signal);
  return { resource, namespace: namespaceOf(context, resource, object.metadata?.namespace) };
}

async function targetOfObject(
  context: ClientContext,
  object: KubeObject,
  signal: AbortSignal,
): Promise<Target> {
  const { resource, namespace } = await placeOf(context, object, signal);
  const name = object.metadata?.name;
  if (!name)
    throw new KvError('failed', `The ${resource.kind} has no metadata.name.`, { hint: 'Give it a name.' });
  return { resource, namespace, name, path: pathOf(resource, { namespace, name }) };
}

function send(context: ClientContext, target: Target, request: TransportRequest): Promise<KubeObject> {
  return explained(context, target, request, () => requestObject(context, request));
}

function explained<T>(
  context: ClientContext,
  target: Target,
  request: TransportRequest,
  work: () => Promise<T>,
): Promise<T> {
  return explainingNotFound(context, target.resource, target.namespace, target.name, request.signal, work);
}

function writeQuery(options: WriteOptions): Record<string, string | undefined> {
  return { fieldManager: options.fieldManager ?? FIELD_MANAGER, dryRun: options.dryRun ? 'All' : undefined };
}

function deleteBody(options: DeleteOptions): Record<string, unknown> {
  return {
    gracePeriodSeconds: options.gracePeriodSeconds,
    propagationPolicy: options.propagationPolicy,
    preconditions: options.preconditions,
    dryRun: options.dryRun ? ['All'] : undefined,
  };
}
