import { KvError } from '../../shared/errors.ts';
import { ApiError } from '../errors.ts';
import type { LogLine, LogQuery } from '../port.ts';
import type { Transport, TransportResponse } from '../transport.ts';
import { logBlocks, splitTimestamp } from './log-blocks.ts';

/** What the kubelet writes into a 200 when it cannot read the log. */
const UNREADABLE = /^(unable to retrieve container logs for |failed to try resolving symlinks in path )/;

/** One container's log, line by line with the kubelet's timestamps. */
export async function* logLines(
  transport: Pick<Transport, 'request'>,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  for await (const block of openLog(transport, query, signal)) {
    for (const line of block.split('\n')) yield splitTimestamp(line);
  }
}

/** The same log as blocks of raw lines (timestamp, space, text): for readers that need speed more than lines. */
export async function* openLog(
  transport: Pick<Transport, 'request'>,
  query: LogQuery,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const response = await requestLog(transport, query, signal);
  let first = true;
  for await (const block of logBlocks(response.body)) {
    if (first && UNREADABLE.test(block)) throw unreadable(query, block);
    first = false;
    yield block;
  }
}

async function requestLog(
  transport: Pick<Transport, 'request'>,
  query: LogQuery,
  signal: AbortSignal,
): Promise<TransportResponse> {
  const path = `/api/v1/namespaces/${encodeURIComponent(query.namespace)}/pods/${encodeURIComponent(query.pod)}/log`;
  try {
    return await transport.request({
      method: 'GET',
      path,
      query: {
        timestamps: true,
        container: query.container,
        previous: query.previous || undefined,
        tailLines: query.tailLines,
        sinceSeconds: query.sinceSeconds,
        sinceTime: query.sinceTime,
        limitBytes: query.limitBytes,
        follow: query.follow || undefined,
      },
      accept: 'text/plain, */*',
      // A quiet container sends nothing, headers included, until its next line.
      timeoutMs: query.follow ? 0 : undefined,
      signal,
    });
  } catch (error) {
    if (!(error instanceof ApiError) || error.statusCode !== 400) throw error;
    throw explainBadRequest(query, error);
  }
}

function explainBadRequest(query: LogQuery, error: ApiError): ApiError {
  const said = error.status.message ?? '';
  const choices = /choose one of: \[([^\]]*)\](?: or one of the init containers: \[([^\]]*)\])?/.exec(said);
  if (choices) {
    const names = `${choices[1]} ${choices[2] ?? ''}`.trim().split(/\s+/).join(', ');
    return new ApiError(400, error.status, {
      message: `The pod ${query.pod} has several containers.`,
      hint: `Name one with container: ${names}.`,
    });
  }
  const waiting = /is waiting to start: (.*)$/s.exec(said)?.[1];
  if (waiting) {
    return new ApiError(400, error.status, {
      message:
        `The container ${query.container ?? ''} of pod ${query.pod} has not started (${waiting}), so it has no log.`.replace(
          / {2,}/g,
          ' ',
        ),
      hint: "The pod's events say why it waits.",
    });
  }
  if (/previous terminated container/.test(said)) {
    return new ApiError(400, error.status, {
      message:
        `The container ${query.container ?? ''} of pod ${query.pod} has no previous log: it has not been restarted.`.replace(
          / {2,}/g,
          ' ',
        ),
      hint: 'Read the current log (previous: false).',
    });
  }
  return new ApiError(400, error.status);
}

function unreadable(query: LogQuery, body: string): KvError {
  const which = query.previous ? 'previous log' : 'log';
  return new KvError(
    'failed',
    `The ${which} of container ${query.container ?? '(default)'} in pod ${query.pod} is gone: the node could not read it (${body.split('\n')[0]!.slice(0, 160)}).`,
    {
      hint: query.previous
        ? 'The node has already removed that container; read the current log, and the last termination in the pod status.'
        : "The container has been removed or is being restarted; try again, or read the pod's status and events.",
      facts: { pod: query.pod, namespace: query.namespace, container: query.container },
    },
  );
}
