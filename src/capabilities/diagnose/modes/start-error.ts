import { currentEnd, endsOf, execFailure, hookFailure } from '../ends.ts';
import { hidingMount } from '../hidden-path.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { tinyMemory } from '../milli-bytes.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { endedLog, eventProof, fieldProof, findEvent, logProofs } from '../prove.ts';
import { containersOf, type PodContainer } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

const RUN_ERRORS =
  /^(?:RunContainerError|StartError|ContainerCannotRun|CreateContainerError|PostStartHookError)$/;

/** The process could not be started: decided by StartError/RunContainerError or exit codes 126, 127, 128. */
export const startError: Mode = {
  name: 'start-error',
  checks: 'containers whose command cannot be started',
  needs: [],
  find(world) {
    const ended = endsOf(world, world.unwellPods(), 'start-error').map(item => describe(world, item));
    const waiting = world
      .unwellPods()
      .flatMap(containersOf)
      .filter(
        item =>
          RUN_ERRORS.test(item.status?.state?.waiting?.reason ?? '') &&
          currentEnd(world, item)?.kind !== 'start-error',
      )
      .map(item => describe(world, item));
    return [...ended, ...waiting];
  },
};

function describe(world: World, item: PodContainer): Draft {
  const { pod, container, status } = item;
  const terminated = status?.state?.terminated ?? status?.lastState?.terminated;
  const event = findEvent(world, pod, 'Pod', /^Failed: .*(?:exec|start|create|runc|permission|no such)/i);
  const log = endedLog(world, item);
  const lastLine = log?.decisive[0] ?? log?.tail.at(-1) ?? '';
  const said =
    (terminated && execFailure(world, item, terminated)) ||
    terminated?.message ||
    status?.state?.waiting?.message ||
    event?.message ||
    lastLine;
  const workload = workloadOf(world, pod, 'Pod');
  const command = [...(container.command ?? []), ...(container.args ?? [])];
  const hook = terminated && hookFailure(world, item, terminated);
  const why = hook ? hookText(item) : reasonOf(said, terminated?.exitCode, command, item);
  const tiny = tinyMemory(pod);
  const code = terminated ? `exit code ${terminated.exitCode}` : status?.state?.waiting?.reason;
  return {
    mode: 'start-error',
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause: `${item.init ? 'Init container' : 'Container'} ${container.name} of ${refText(workload)} cannot start (${code}${terminated?.reason ? `, ${terminated.reason}` : ''}): ${why}.${said ? ` The runtime says: "${safeQuote(said, [], 260)}".` : ''}${tiny ? ` ${tiny.text}.` : ''}`,
    evidence: [
      ...(tiny ? [tiny.proof] : []),
      ...(terminated?.message ? [fieldProof(pod, 'Pod', terminated.message)] : []),
      ...(status?.state?.waiting?.message && !terminated?.message
        ? [fieldProof(pod, 'Pod', status.state.waiting.message)]
        : []),
      ...(event && !event.message.includes(terminated?.message || '\0') ? [eventProof(event)] : []),
      ...(hook ? [eventProof(hook)] : []),
      ...(command[0] && !hook
        ? [
            fieldProof(
              pod,
              'Pod',
              JSON.stringify(command.slice(0, 6)),
              container.command ? 'command' : 'args',
            ),
          ]
        : []),
      ...logProofs(log, lastLine ? [lastLine] : []),
      ...(terminated ? [fieldProof(pod, 'Pod', terminated.exitCode, 'exitCode')] : []),
    ],
    remediation: [
      ...(tiny ? [`${editCommand(workload)}   ${tiny.fix}`] : []),
      `${editCommand(workload)}   # correct command/args of container ${container.name}`,
      `Check what the image offers: docker run --rm --entrypoint sh ${container.image} -c 'ls -l /; echo $PATH'`,
    ],
    ruledOut: ['Scheduling: the pod has a node, and the image is on it.'],
  };
}

function hookText({ container }: PodContainer): string {
  const command = container.lifecycle?.postStart?.exec?.command?.join(' ');
  return `its postStart hook${command ? ` "${safeQuote(command, [], 160)}"` : ''} fails, and the kubelet kills a container whose hook fails; the program itself had started`;
}

function reasonOf(said: string, exitCode: number | undefined, command: string[], item: PodContainer): string {
  const quoted =
    /exec: "([^"]+)"/.exec(said)?.[1] ??
    /(?:exec|stat|fork\/exec) "?([\w./-]+)"?: (?:no such|permission|exec format)/.exec(said)?.[1] ??
    /([\w./-]+): (?:command )?not found\s*$/.exec(said)?.[1] ??
    /([\w./-]+): [Pp]ermission denied\s*$/.exec(said)?.[1];
  const what = quoted ? `"${quoted}"` : command[0] ? `"${command[0]}"` : 'its entry point';
  const image = `image ${item.container.image}`;
  if (/exec format error/i.test(said)) {
    return `${what} in ${image} is built for another CPU architecture or lacks a #! line (exec format error)`;
  }
  if (/permission denied/i.test(said) || exitCode === 126) {
    return `${what} in ${image} is not executable for the container's user (permission denied)`;
  }
  if (/not found|no such file/i.test(said) || exitCode === 127) {
    const mount = hidingMount(item.container, quoted ?? command[0] ?? '');
    return `the command ${what} was not found (does not exist) in ${image}${mount ? `; volume ${mount.name} is mounted at ${mount.mountPath} and hides what the image has there` : ''}`;
  }
  if (/no command specified/i.test(said)) return `${image} has no command and the pod gives none`;
  return `the runtime could not run ${what} from ${image}`;
}
