import type { TransportRequest, TransportResponse } from '../../transport.ts';
import type { KubeObject } from '../../types.ts';
import type { Layout } from '../files/layout.ts';
import { once, textAnswer } from '../serve/answer.ts';
import { isTrue, textOf } from '../serve/selection.ts';
import { badRequest, failure, invalid } from '../status.ts';
import { containerNames, isContainerOf, previousState, statusOf, waitingState } from './containers.ts';
import { findLog } from './find.ts';
import { type LogRange, streamLog } from './stream.ts';

export interface LogContext {
  layout: Layout;
  /** Unix milliseconds; what `sinceSeconds` counts back from. */
  capturedAt: number;
  /** The capturing tool writes no file for a log that is empty. */
  emptyWithoutFile: boolean;
}

/** Answers `pods/NAME/log`: the API server's checks, then the kubelet's, then the file. */
export async function logAnswer(
  context: LogContext,
  pod: KubeObject,
  request: TransportRequest,
): Promise<TransportResponse> {
  const { query, signal } = request;
  const range = rangeOf(query, pod, context.capturedAt);
  const container = containerOf(pod, textOf(query, 'container'));
  const previous = isTrue(query, 'previous');
  const { namespace = '', name } = pod.metadata;
  const only = containerNames(pod).length === 1;
  const find = (old: boolean) =>
    findLog(context.layout, { namespace, pod: name, container, previous: old, only });
  const place =
    (await find(previous)) ?? (previous && endedRunIsCurrent(pod, container) ? await find(false) : undefined);
  if (place) return textAnswer(streamLog(place, range, signal));

  // A pod that no node has taken yet has an empty log, not an error.
  if (!pod['spec']?.nodeName) return textAnswer(once(Buffer.alloc(0)));
  if (previous && !previousState(pod, container)) {
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  }
  const waiting = waitingState(pod, container);
  if (!previous && waiting && !previousState(pod, container)) {
    throw badRequest(
      `container "${container}" in pod "${name}" is waiting to start: ${waitingText(waiting)}`,
    );
  }
  if (!previous && context.emptyWithoutFile) return textAnswer(once(Buffer.alloc(0)));
  const which = previous ? 'previous log' : 'log';
  throw failure(
    404,
    'NotFound',
    `the ${which} of container "${container}" in pod "${name}" is not in the snapshot`,
  );
}

/**
 * Between its runs a container has no current one: the kubelet then reads the ended run for `previous` and for
 * the current log alike, and so a bundle holds it under the current name.
 */
function endedRunIsCurrent(pod: KubeObject, container: string): boolean {
  return Boolean(waitingState(pod, container) && previousState(pod, container));
}

/** The kubelet's words (pkg/kubelet/kubelet_pods.go, validateContainerLogStatus). */
function waitingText(reason: string): string {
  if (reason === 'ErrImagePull') return "image can't be pulled";
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image';
  return reason;
}

function containerOf(pod: KubeObject, wanted: string): string {
  const { name } = pod.metadata;
  const names = containerNames(pod);
  if (wanted) {
    if (!isContainerOf(pod, wanted) && !statusOf(pod, wanted)) {
      throw badRequest(`container ${wanted} is not valid for pod ${name}`);
    }
    return wanted;
  }
  if (names.length === 1) return names[0]!;
  if (names.length === 0) throw badRequest(`a container name must be specified for pod ${name}`);
  const init = containerNames(pod, 'initContainers');
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${names.join(' ')}]${others}`,
  );
}

function rangeOf(query: TransportRequest['query'], pod: KubeObject, capturedAt: number): LogRange {
  const seconds = number(query, pod, 'sinceSeconds', 1);
  const time = textOf(query, 'sinceTime');
  if (seconds !== undefined && time)
    throw wrong(pod, 'sinceTime', 'at most one of `sinceTime` or `sinceSeconds` may be specified');
  const parsed = time ? Date.parse(time) : undefined;
  if (Number.isNaN(parsed)) throw badRequest(`Invalid value: "${time}": sinceTime is not an RFC 3339 time`);
  return {
    tailLines: number(query, pod, 'tailLines', 0),
    limitBytes: number(query, pod, 'limitBytes', 1),
    since: seconds === undefined ? parsed : capturedAt - seconds * 1000,
    timestamps: isTrue(query, 'timestamps'),
  };
}

function number(
  query: TransportRequest['query'],
  pod: KubeObject,
  name: string,
  least: number,
): number | undefined {
  const text = textOf(query, name);
  if (text === '') return undefined;
  const value = Number(text);
  if (!Number.isInteger(value)) throw badRequest(`Invalid value: "${text}": ${name} must be a whole number`);
  if (value < least)
    throw wrong(pod, name, `Invalid value: ${value}: must be greater than or equal to ${least}`);
  return value;
}

function wrong(pod: KubeObject, field: string, message: string) {
  const kind = { group: '', plural: 'pods', kind: 'PodLogOptions' };
  return invalid(kind, pod.metadata.name, [{ reason: 'FieldValueInvalid', field, message }]);
}
