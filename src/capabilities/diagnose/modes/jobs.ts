import type { KubeObject } from '../../../cluster/types.ts';
import { because } from '../because.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { ownersOf, podsBelow } from '../owners.ts';
import { eventProof, fieldProof, findEvent, logProofs } from '../prove.ts';
import { conditionOf, containersOf, type PodContainer } from '../shapes.ts';
import type { Draft, Mode, Proof } from '../types.ts';
import { millis, refOf, refText, type World } from '../world.ts';

/** Jobs that gave up and CronJobs that do not run: decided by the Job's Failed condition and the CronJob's events. */
export const jobs: Mode = {
  name: 'job',
  checks: 'Jobs and CronJobs that fail or do not run',
  needs: ['CronJob', 'Service', 'ConfigMap', 'Secret'],
  find(world) {
    const failed = world
      .mine('Job')
      .flatMap(job => [failedJob(world, job)].filter(draft => draft !== undefined));
    const crons = world
      .mine('CronJob')
      .flatMap(cron => [cronTrouble(world, cron)].filter(draft => draft !== undefined));
    return [...failed, ...crons];
  },
};

function failedJob(world: World, job: KubeObject): Draft | undefined {
  const failure = conditionOf(job, 'Failed');
  const ref = refOf(job);
  if (job.spec?.suspend === true && conditionOf(job, 'Suspended')?.status === 'True') {
    return {
      mode: 'job-suspended',
      severity: 'info',
      object: ref,
      rootCause: `${refText(ref)} does not run because it is suspended (spec.suspend is true).`,
      evidence: [fieldProof(job, 'Job', 'Suspended')],
      remediation: [
        `kubectl -n ${ref.namespace} patch job ${ref.name} --type merge -p '{"spec":{"suspend":false}}'`,
      ],
    };
  }
  if (failure?.status !== 'True') return undefined;
  const replaced =
    (job.metadata.ownerReferences ?? []).some(owner => owner.kind === 'CronJob') && laterSuccess(world, job);
  if (replaced) return undefined;
  const { text, evidence, fixes } = lastAttempt(world, job);
  const cron = ownersOf(world, job).find(owner => owner.kind === 'CronJob');
  const why =
    failure.reason === 'BackoffLimitExceeded'
      ? `its pods failed more often than backoffLimit ${job.spec?.backoffLimit ?? 6} allows (BackoffLimitExceeded)`
      : failure.reason === 'DeadlineExceeded'
        ? `it ran longer than activeDeadlineSeconds ${job.spec?.activeDeadlineSeconds ?? job.spec?.template?.spec?.activeDeadlineSeconds ?? ''} (DeadlineExceeded)`
        : `${failure.reason}: ${failure.message}`;
  return {
    mode: 'job-failed',
    severity: 'critical',
    object: ref,
    workload: cron ? refText(cron) : refText(ref),
    rootCause: `${refText(ref)}${cron ? ` of ${refText(cron)}` : ''} failed: ${why}${text}.`,
    evidence: [
      fieldProof(job, 'Job', failure.reason, 'reason'),
      ...(failure.reason === 'DeadlineExceeded' && job.spec?.activeDeadlineSeconds
        ? [fieldProof(job, 'Job', job.spec.activeDeadlineSeconds, 'activeDeadlineSeconds')]
        : []),
      ...(failure.message ? [fieldProof(job, 'Job', failure.message)] : []),
      ...evidence,
    ],
    remediation: [
      ...fixes,
      ...(failure.reason === 'DeadlineExceeded'
        ? ['Raise activeDeadlineSeconds above what the work takes, or give it less to do at once.']
        : []),
      `kubectl -n ${ref.namespace} delete job ${ref.name}   # then create it again once the cause is mended`,
    ],
    affected: podsBelow(world, job).map(pod => refText(refOf(pod, 'Pod'))),
  };
}

function laterSuccess(world: World, job: KubeObject): boolean {
  const owner = (job.metadata.ownerReferences ?? [])[0]?.uid;
  return world
    .mine('Job')
    .some(
      other =>
        other.metadata.ownerReferences?.[0]?.uid === owner &&
        millis(other.status?.completionTime) > millis(job.metadata.creationTimestamp),
    );
}

function lastAttempt(world: World, job: KubeObject): { text: string; evidence: Proof[]; fixes: string[] } {
  const pods = podsBelow(world, job).sort(
    (a, b) => millis(b.metadata.creationTimestamp) - millis(a.metadata.creationTimestamp),
  );
  for (const item of pods.flatMap(containersOf)) {
    const ended = item.status?.state?.terminated ?? item.status?.lastState?.terminated;
    if (!ended || ended.exitCode === 0) continue;
    const log = world.log(item.pod, item.container.name)?.current;
    if (ended.reason === 'OOMKilled') return outOfMemory(item);
    const cause = log?.causes[0];
    const line = cause?.line ?? log?.decisive[0] ?? log?.tail.at(-1);
    const why = cause ? because(world, item, cause) : undefined;
    return {
      text: `; container ${item.container.name} ended with exit code ${ended.exitCode}${why ? ` because ${why.text}` : ''}${line ? `. Its log says: "${safeQuote(line, [], 200)}"` : '. Why cannot be told from the data, since its log is not there'}`,
      evidence: [
        fieldProof(item.pod, 'Pod', ended.exitCode, 'exitCode'),
        ...logProofs(log, line ? [line] : []),
      ],
      fixes: why?.remediation ?? [],
    };
  }
  return { text: '', evidence: [], fixes: [] };
}

function outOfMemory(item: PodContainer): { text: string; evidence: Proof[]; fixes: string[] } {
  const limit = item.container.resources?.limits?.['memory'];
  return {
    text: `; container ${item.container.name} was killed for running out of memory (OOMKilled, exit code 137)${limit ? ` at its limit of ${limit}` : ''}`,
    evidence: [
      fieldProof(item.pod, 'Pod', 'OOMKilled', 'reason'),
      ...(limit ? [fieldProof(item.pod, 'Pod', limit, 'memory')] : []),
    ],
    fixes: [
      `Raise resources.limits.memory of container ${item.container.name}${limit ? ` above ${limit}` : ''} in the Job's template, or let it work in smaller pieces.`,
    ],
  };
}

function cronTrouble(world: World, cron: KubeObject): Draft | undefined {
  const ref = refOf(cron);
  if (cron.spec?.suspend === true) {
    return {
      mode: 'cronjob-suspended',
      severity: 'info',
      object: ref,
      rootCause: `${refText(ref)} does not run because it is suspended (spec.suspend is true).`,
      evidence: [
        fieldProof(cron, 'CronJob', true, 'suspend'),
        fieldProof(cron, 'CronJob', cron.spec?.schedule, 'schedule'),
      ],
      remediation: [`kubectl -n ${ref.namespace} patch cronjob ${ref.name} -p '{"spec":{"suspend":false}}'`],
    };
  }
  const held = heldBack(world, cron);
  if (held) return held;
  const never = impossibleDate(cron.spec?.schedule ?? '');
  if (never) {
    return {
      mode: 'cronjob-not-running',
      severity: 'warning',
      object: ref,
      rootCause: `${refText(ref)} never runs: its schedule "${cron.spec?.schedule}" names ${never}, a date that does not exist.`,
      evidence: [fieldProof(cron, 'CronJob', cron.spec?.schedule, 'schedule')],
      remediation: [`kubectl -n ${ref.namespace} edit cronjob ${ref.name}   # correct the schedule`],
    };
  }
  const event = findEvent(
    world,
    cron,
    'CronJob',
    /^(?:FailedNeedsStart|TooManyMissedTimes|UnknownTimeZone|InvalidSchedule|UnparseableSchedule|MissSchedule|FailedCreate|JobAlreadyActive)/,
  );
  if (!event) return undefined;
  const ran = millis(cron.status?.lastSuccessfulTime);
  if (ran > event.last || event.reason === 'JobAlreadyActive') return undefined;
  return {
    mode: 'cronjob-not-running',
    severity: 'warning',
    object: ref,
    rootCause: `${refText(ref)} (schedule "${cron.spec?.schedule}"${cron.spec?.timeZone ? `, time zone ${cron.spec.timeZone}` : ''}) does not start its Jobs. The controller says: "${event.message}".`,
    evidence: [eventProof(event), fieldProof(cron, 'CronJob', cron.spec?.schedule)],
    remediation: [`kubectl -n ${ref.namespace} edit cronjob ${ref.name}`],
  };
}

/** With Forbid, a Job that does not end holds back every later one: decided by an active Job and a time that was skipped. */
function heldBack(world: World, cron: KubeObject): Draft | undefined {
  if (cron.spec?.concurrencyPolicy !== 'Forbid') return undefined;
  const active = world
    .childrenOf(cron)
    .filter(job => job.kind === 'Job' && (job.status?.active ?? 0) > 0)
    .sort((a, b) => millis(a.metadata.creationTimestamp) - millis(b.metadata.creationTimestamp))[0];
  if (!active) return undefined;
  const event = findEvent(world, cron, 'CronJob', /^JobAlreadyActive/);
  const started = millis(active.status?.startTime ?? active.metadata.creationTimestamp);
  const ref = refOf(cron);
  const minutes = Math.max(1, Math.round((world.now - started) / 60_000));
  // The controller says so while its event lasts; later the schedule tells how many times must have been skipped.
  const every = intervalMinutes(cron.spec?.schedule ?? '');
  const skipped = event && event.last > started ? event.count : every ? Math.floor(minutes / every) : 0;
  if (skipped < (event ? 1 : 3)) return undefined;
  return {
    mode: 'cronjob-not-running',
    // One run that lasts into the next is common; several that were skipped are not.
    severity: skipped >= 3 ? 'warning' : 'info',
    object: ref,
    rootCause: `${refText(ref)} (schedule "${cron.spec?.schedule}") starts no new Job because concurrencyPolicy is Forbid and its Job ${active.metadata.name} is still active after ${minutes} min.`,
    evidence: [
      ...(event ? [eventProof(event)] : []),
      fieldProof(cron, 'CronJob', 'Forbid', 'concurrencyPolicy'),
      fieldProof(active, 'Job', active.status?.startTime ?? active.metadata.creationTimestamp, 'startTime'),
    ],
    remediation: [
      `kubectl -n ${ref.namespace} logs job/${active.metadata.name}   # why it does not end`,
      `kubectl -n ${ref.namespace} delete job ${active.metadata.name}   # lets the next run start`,
      `Set activeDeadlineSeconds in the jobTemplate of ${ref.name}, so that a run that hangs is ended.`,
    ],
    affected: [refText(refOf(active, 'Job'))],
  };
}

/** Minutes between two runs of the common forms of a schedule; undefined for others. */
function intervalMinutes(schedule: string): number | undefined {
  const [minute = '', hour = '', ...rest] = schedule.trim().split(/\s+/);
  const everyDay = rest.join('') === '***';
  if (hour === '*' && everyDay) {
    if (minute === '*') return 1;
    const step = /^\*\/(\d+)$/.exec(minute)?.[1];
    return step ? Number(step) : /^\d+$/.test(minute) ? 60 : undefined;
  }
  return everyDay && /^\d+$/.test(minute) && /^\d+$/.test(hour) ? 1_440 : undefined;
}

const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** `day 31 of month 2`, when no month of the schedule has the day that it names. */
function impossibleDate(schedule: string): string | undefined {
  const [, , day = '', month = '', weekday = ''] = schedule.trim().split(/\s+/);
  if (!/^\d+$/.test(day) || !/^(?:\*|\?)$/.test(weekday) || !/^[\w,]+$/.test(month)) return undefined;
  const months = month
    .split(',')
    .map(part => (/^\d+$/.test(part) ? Number(part) : MONTHS.indexOf(part.toLowerCase()) + 1));
  const fits = months.some(number => Number(day) <= (DAYS[number - 1] ?? 31));
  return fits ? undefined : `day ${day} of month ${month}`;
}
