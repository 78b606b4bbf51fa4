import { because } from '../because.ts';
import { currentEnd, probeKill } from '../ends.ts';
import { safeQuote } from '../logs/safe-quote.ts';
import { editCommand, workloadOf } from '../owners.ts';
import { eventProof, fieldProof, hiddenValues, logProofs } from '../prove.ts';
import { type Container, containersOf, type PodContainer, type Probe, portsText } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { type EventRecord, millis, refOf, refText, type World } from '../world.ts';

type ProbeKind = 'readiness' | 'liveness' | 'startup';

/** A probe that fails now: decided by Unhealthy and Killing events of a container that is not well at present. */
export const probes: Mode = {
  name: 'probe-failing',
  checks: 'readiness, liveness and startup probes',
  needs: ['Service', 'NetworkPolicy'],
  find(world) {
    return world
      .unwellPods()
      .filter(pod => pod.spec?.nodeName && !pod.metadata.deletionTimestamp)
      .flatMap(containersOf)
      .flatMap(item => {
        const kind = failingProbe(world, item);
        return kind ? [describe(world, item, kind)] : [];
      });
  },
};

function failingProbe(world: World, item: PodContainer): ProbeKind | undefined {
  const { status, container } = item;
  if (!status || (item.init && container.restartPolicy !== 'Always')) return undefined;
  const end = currentEnd(world, item);
  if (end?.kind === 'liveness') return 'liveness';
  if (end?.kind === 'startup-probe') return 'startup';
  if (end || !status.state?.running) return undefined;
  const running = millis(status.state.running.startedAt);
  if (status.ready && !recentKill(world, item)) return undefined;
  const unhealthy = unhealthyEvent(
    world,
    item,
    container.startupProbe && !status.started ? 'startup' : 'readiness',
  );
  if (container.startupProbe && status.started === false) {
    return unhealthy && unhealthy.count >= 2 ? 'startup' : undefined;
  }
  if (recentKill(world, item)) return 'liveness';
  if (!container.readinessProbe || status.ready) return undefined;
  // Within the first moments an unready container is only starting.
  const patience =
    1000 *
    ((container.readinessProbe.initialDelaySeconds ?? 0) +
      (container.readinessProbe.periodSeconds ?? 10) * 2);
  if (!unhealthy) return world.now - running > Math.max(60_000, patience) ? 'readiness' : undefined;
  return unhealthy.count >= 2 || world.now - running > patience ? 'readiness' : undefined;
}

function recentKill(world: World, item: PodContainer): EventRecord | undefined {
  const kill = probeKill(world, item);
  return kill && item.status && item.status.restartCount > 0 && world.now - kill.last < 300_000
    ? kill
    : undefined;
}

function unhealthyEvent(world: World, item: PodContainer, kind: ProbeKind): EventRecord | undefined {
  const word = new RegExp(`^(?:\\(combined from similar events\\): )?${kind} probe (?:failed|errored)`, 'i');
  const path = `{${item.container.name}}`;
  return world
    .eventsOf(item.pod, 'Pod')
    .find(
      event =>
        /Unhealthy|ProbeWarning|ProbeError/.test(event.reason) &&
        word.test(event.message) &&
        (!event.object.fieldPath || event.object.fieldPath.includes(path)),
    );
}

function describe(world: World, item: PodContainer, kind: ProbeKind): Draft {
  const { pod, container, status } = item;
  const probe: Probe = container[`${kind}Probe`] ?? {};
  const workload = workloadOf(world, pod, 'Pod');
  const event = unhealthyEvent(world, item, kind) ?? unhealthyEvent(world, item, 'liveness');
  const kill = kind === 'readiness' ? undefined : probeKill(world, item);
  const log = world.log(pod, container.name);
  const digest = log?.current ?? log?.previous;
  const why = reasonOf(
    item,
    probe,
    kind,
    event?.message ?? '',
    digest?.listening ?? log?.previous?.listening ?? [],
    digest?.loopback ?? [],
  );
  const complaint = digest?.causes[0];
  const deeper = complaint && !why.decided ? because(world, item, complaint) : undefined;
  const end = status?.state?.terminated ?? status?.lastState?.terminated;
  const consequence =
    kind === 'readiness'
      ? 'so the pod is not ready and gets no traffic'
      : `so the kubelet kills and restarts it (${status?.restartCount ?? 0} restarts${end ? `, last exit code ${end.exitCode}` : ''})`;
  const hidden = hiddenValues(pod);
  return {
    mode: `${kind}-probe`,
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause:
      `The ${kind} probe of container ${container.name} of ${refText(workload)} (${probeText(probe)}) fails, ${consequence}: ${why.text}${deeper ? `; ${deeper.text}` : ''}.` +
      (event ? ` The kubelet says: "${safeQuote(event.message, [], 220)}".` : '') +
      (complaint && deeper ? ` Its log says: "${safeQuote(complaint.line, hidden, 200)}".` : ''),
    evidence: [
      ...(event ? [eventProof(event)] : []),
      ...(kill ? [eventProof(kill)] : []),
      ...probeProofs(pod, probe),
      ...logProofs(digest, deeper && complaint ? [complaint.line] : why.logLine(digest?.tail ?? []), hidden),
    ],
    remediation: [
      ...(why.fix ? [why.fix] : []),
      ...(deeper?.remediation ?? []),
      `${editCommand(workload)}   # ${kind}Probe of container ${container.name}`,
    ],
    ruledOut: [
      'Scheduling: the container runs.',
      ...(kind === 'readiness'
        ? ['A crash: the process is still running.']
        : ['The memory limit: the kubelet ended the container, not the kernel.']),
    ],
    ...(deeper?.causedBy ? { causedBy: deeper.causedBy } : {}),
  };
}

interface Reason {
  text: string;
  fix?: string;
  /** The probe itself is what is wrong: no need to look into the log. */
  decided: boolean;
  logLine(lines: string[]): string[];
}

function reasonOf(
  item: PodContainer,
  probe: Probe,
  kind: ProbeKind,
  message: string,
  listening: number[],
  loopback: number[],
): Reason {
  const { container } = item;
  const target = probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port;
  const port = portNumber(container, target);
  const declared = (container.ports ?? []).map(entry => entry.containerPort);
  const quoteListening = (lines: string[]) =>
    lines.filter(line => listening.some(value => line.includes(String(value)))).slice(-1);
  const known = listening.length > 0 ? listening : declared;
  const knownText =
    listening.length > 0
      ? `its log says that it listens on ${listening.join(', ')}`
      : `it declares port ${portsText(container)}`;
  // A gRPC probe reports a closed port as a time-out.
  const closed =
    probe.grpc !== undefined &&
    /failed to connect service/i.test(message) &&
    known.length > 0 &&
    !known.includes(probe.grpc.port);
  if (closed || /refused/i.test(message) || message === '') {
    if (typeof target === 'string' && port === undefined) {
      return {
        text: `the probe names port "${target}", which the container does not declare (it declares ${portsText(container) || 'none'})`,
        fix: `Name an existing port instead of "${target}".`,
        decided: true,
        logLine: quoteListening,
      };
    }
    const told = message === '' ? listening.length > 0 : known.length > 0;
    if (port !== undefined && told && !known.includes(port)) {
      return {
        text: `the probe asks the wrong port: nothing listens on ${port}${/refused/i.test(message) ? ' (connection refused)' : ''}, ${knownText}`,
        fix: `Let the ${kind} probe use port ${known[0]} instead of ${port}.`,
        decided: true,
        logLine: quoteListening,
      };
    }
    if (message === '') {
      return {
        text: 'how it fails cannot be told from the data, since the events that say so are gone',
        fix: `kubectl -n ${item.pod.metadata.namespace} describe pod ${item.pod.metadata.name}   # the newest Unhealthy event`,
        decided: false,
        logLine: lines => lines.slice(-1),
      };
    }
    if (port !== undefined && loopback.includes(port)) {
      return {
        text: `its log says that it listens on port ${port} of 127.0.0.1 only, where neither the kubelet nor other pods can reach it (connection refused)`,
        fix: `Let container ${container.name} listen on 0.0.0.0:${port} instead of 127.0.0.1:${port}.`,
        decided: true,
        logLine: quoteListening,
      };
    }
    const delay = probe.initialDelaySeconds ?? 0;
    const allowance = delay + (probe.periodSeconds ?? 10) * (probe.failureThreshold ?? 3);
    return {
      text: `nothing listens on port ${port ?? target} (connection refused)${kind === 'readiness' ? '' : `; it may be starting more slowly than the probe allows (initialDelaySeconds ${delay}, about ${allowance} s in all)`}`,
      fix:
        kind === 'readiness'
          ? undefined
          : 'Give it more time with a startupProbe or a larger initialDelaySeconds if it only starts slowly.',
      decided: false,
      logLine: lines => lines.slice(-1),
    };
  }
  const code = /statuscode: (\d+)/i.exec(message)?.[1];
  if (code === '404') {
    return {
      text: `the path ${probe.httpGet?.path ?? '/'} does not exist on port ${port ?? target} (HTTP 404), so the probe asks for the wrong path`,
      fix: `Point the ${kind} probe to a path that exists, such as the application's real health path.`,
      decided: true,
      logLine: lines => lines.slice(-1),
    };
  }
  if (code) {
    return {
      text: `${probe.httpGet?.path ?? '/'} answers with HTTP status ${code}: the application itself says that it is not well`,
      decided: false,
      logLine: lines => lines.slice(-1),
    };
  }
  if (/timeout|deadline exceeded|timed out/i.test(message)) {
    return {
      text: `it gets no answer within timeoutSeconds ${probe.timeoutSeconds ?? 1} (timeout)`,
      fix: 'Raise timeoutSeconds, or find out why the application answers so slowly.',
      decided: false,
      logLine: lines => lines.slice(-1),
    };
  }
  if (/malformed HTTP|server gave HTTP response to HTTPS|EOF|tls:/i.test(message)) {
    return {
      text: `the probe speaks ${probe.httpGet?.scheme ?? 'HTTP'} and the port does not`,
      fix: 'Correct the scheme or the port of the probe.',
      decided: true,
      logLine: lines => lines.slice(-1),
    };
  }
  if (probe.exec) {
    const command = (probe.exec.command ?? []).join(' ');
    const missing =
      /exec: "([^"]+)": (?:stat \S+: )?(no such file or directory|executable file not found|permission denied)/.exec(
        message,
      );
    if (missing) {
      return {
        text: `the command ${missing[1]} that it runs ${missing[2] === 'permission denied' ? 'may not be executed' : `does not exist in image ${container.image}`} (${missing[2]})`,
        fix: `Let the ${kind} probe run a command that the image has, or use httpGet, tcpSocket or grpc instead.`,
        decided: true,
        logLine: lines => lines.slice(-1),
      };
    }
    const output = message.replace(/^\w+ probe (?:failed|errored)[^:]*:?\s*/i, '');
    return {
      text: `the command "${safeQuote(command, [], 160)}" fails${output ? ` with "${safeQuote(output, [], 160)}"` : ''}`,
      decided: false,
      logLine: lines => lines.slice(-1),
    };
  }
  return {
    text: message ? 'see what the kubelet says' : 'the container has not become ready',
    decided: false,
    logLine: lines => lines.slice(-1),
  };
}

function portNumber(container: Container, port: number | string | undefined): number | undefined {
  if (typeof port !== 'string') return port;
  if (/^\d+$/.test(port)) return Number(port);
  return container.ports?.find(entry => entry.name === port)?.containerPort;
}

function probeText(probe: Probe): string {
  if (probe.httpGet) return `HTTP GET ${probe.httpGet.path ?? '/'} on port ${probe.httpGet.port}`;
  if (probe.tcpSocket) return `TCP connect to port ${probe.tcpSocket.port}`;
  if (probe.grpc) return `gRPC on port ${probe.grpc.port}`;
  if (probe.exec) return `command ${safeQuote((probe.exec.command ?? []).join(' '), [], 120)}`;
  return 'no probe';
}

function probeProofs(pod: PodContainer['pod'], probe: Probe) {
  const { path } = probe.httpGet ?? {};
  const port = probe.httpGet?.port ?? probe.tcpSocket?.port ?? probe.grpc?.port;
  const command = probe.exec?.command?.at(-1);
  return [
    ...(path && path !== '/' ? [fieldProof(pod, 'Pod', path, 'path')] : []),
    ...(port === undefined ? [] : [fieldProof(pod, 'Pod', port, 'port')]),
    ...(command ? [fieldProof(pod, 'Pod', command)] : []),
  ];
}
