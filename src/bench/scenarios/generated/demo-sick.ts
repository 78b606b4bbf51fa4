import type { Special } from './demo-fleet.ts';
import { accessLog, seedOf, stamped } from './logs.ts';
import type { PodState } from './workload-spec.ts';

const HOUR = 3600;
const CRASH_SECONDS = 128;

/** Workloads of the fleet with pods that fail, each for a reason of its own; by `namespace/name`. */
export const SICK: Record<string, Special> = {
  'inventory/sync': () => ({
    ageSeconds: 7 * HOUR,
    env: [
      { name: 'SYNC_TOKEN', valueFrom: { secretKeyRef: { name: 'inventory-sync-token', key: 'token' } } },
    ],
    state: firstOnes(2, {
      kind: 'waiting',
      reason: 'CreateContainerConfigError',
      message: 'secret "inventory-sync-token" not found',
      events: [
        {
          type: 'Warning',
          reason: 'Failed',
          message: 'Error: secret "inventory-sync-token" not found',
          count: 214,
        },
      ],
    }),
  }),
  'notifications/templates': (_, now) => ({
    readinessPath: '/readyz',
    state: firstOnes(2, {
      kind: 'not-ready',
      probe: 'Readiness probe failed: HTTP probe failed with statuscode: 503',
    }),
    log: (pod, index) =>
      index < 2
        ? stamped(
            Array.from(
              { length: 240 },
              (_, n) =>
                `level=error msg="template store unavailable: open /var/lib/templates/index.db: permission denied" attempt=${n + 1}`,
            ),
            now,
            10_000,
          )
        : accessLog(seedOf(pod), 1_750, now),
  }),
  'pricing/promotions': (_, now) =>
    crashing(2, { restarts: 22, exitCode: 1, reason: 'Error' }, now, [
      'level=info msg="promotions starting" build=51c0de7',
      'level=info msg="connecting to postgres" host=promotions-db.data.svc:5432',
      'level=fatal msg="pq: role \\"promotions_rw\\" does not exist" file=store/open.go:58',
    ]),
  'recommendations/features': (_, now) =>
    crashing(2, { restarts: 17, exitCode: 137, reason: 'OOMKilled' }, now, [
      'level=info msg="features starting" model=v31',
      'level=info msg="loading feature matrix into memory" rows=48211907',
    ]),
  'risk/scoring': (_, now) =>
    crashing(99, { restarts: 9, exitCode: 1, reason: 'Error' }, now, [
      'level=info msg="scoring starting" model=/models/scoring.onnx',
      'level=fatal msg="model checksum mismatch" file=/models/scoring.onnx want=9c1f42aa got=51aa07d3',
    ]),
  'support/tickets': spec => {
    const pull = `failed to pull and unpack image "${spec.image}": failed to authorize: failed to fetch oauth token: unexpected status from GET request: 401 Unauthorized`;
    return {
      ageSeconds: 9 * HOUR,
      state: firstOnes(3, {
        kind: 'waiting',
        reason: 'ImagePullBackOff',
        message: `Back-off pulling image "${spec.image}": ErrImagePull: ${pull}`,
        events: [
          {
            type: 'Warning',
            reason: 'Failed',
            message: `Failed to pull image "${spec.image}": ${pull}`,
            count: 61,
          },
          {
            type: 'Normal',
            reason: 'BackOff',
            message: `Back-off pulling image "${spec.image}"`,
            count: 402,
          },
        ],
      }),
    };
  },
};

function firstOnes(count: number, state: PodState): (index: number) => PodState {
  return index => (index < count ? state : { kind: 'running' });
}

function crashing(
  count: number,
  crash: { restarts: number; exitCode: number; reason: 'Error' | 'OOMKilled' },
  now: number,
  lines: string[],
): ReturnType<Special> {
  const end = now - CRASH_SECONDS * 1000;
  return {
    ageSeconds: 6 * HOUR,
    state: firstOnes(count, { kind: 'crash-loop', ...crash }),
    log: (pod, index) => (index < count ? stamped(lines, end) : accessLog(seedOf(pod), 1_750, now)),
    previousLog: (_, index) => (index < count ? stamped(lines, end - 300_000) : undefined),
  };
}
