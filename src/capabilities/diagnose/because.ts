import { nearest } from '../../shared/nearest.ts';
import { explainContent, explainDirectory, explainFile } from './because-file.ts';
import { explainNetwork } from './because-network.ts';
import { explainRbac } from './because-rbac.ts';
import type { LogCause } from './logs/causes.ts';
import { editCommand, kubectlName, workloadOf } from './owners.ts';
import { fieldProof } from './prove.ts';
import type { Container, PodContainer } from './shapes.ts';
import type { Proof, Ref } from './types.ts';
import { millis, refText, type World } from './world.ts';

/** What a line of a log means, with what the cluster's objects add to it. */
export interface Because {
  /** Finishes the sentence "… because". */
  text: string;
  evidence: Proof[];
  remediation: string[];
  causedBy?: Ref;
}

/** Reads the cause a program names against its pod's spec and the objects around it. */
export function because(world: World, item: PodContainer, cause: LogCause): Because {
  const workload = workloadOf(world, item.pod, 'Pod');
  const target = editCommand(workload);
  const plain = (text: string, ...remediation: string[]): Because => ({ text, evidence: [], remediation });
  switch (cause.kind) {
    case 'missing-env':
      return explainVariable(item, cause.subject, workload);
    case 'missing-config-key':
      return plain(
        `the configuration key ${cause.subject} has no value`,
        `Give ${cause.subject} a value in the configuration or environment of ${refText(workload)}.`,
      );
    case 'missing-file':
      return explainFile(world, item, cause.subject, workload);
    case 'is-directory':
      return explainDirectory(world, item, cause.subject, target);
    case 'permission':
      return explainPermission(item, cause.subject, target, cause.line);
    case 'dns':
    case 'connection-refused':
    case 'connection-timeout':
      return explainNetwork(world, item, cause);
    case 'rbac':
      return explainRbac(world, cause);
    case 'auth':
      return explainCredentials(item, workload);
    case 'disk-full':
      return plain(
        'its file system is full (no space left on device)',
        'Free or enlarge the volume it writes to.',
      );
    case 'port-in-use':
      return explainPort(world, item, cause.subject, target);
    case 'tls':
      return plain(
        `a TLS certificate was not accepted${certificateDates(cause.line)}`,
        'Renew the certificate, or give the client the CA that signed it.',
      );
    case 'command-missing':
      return plain(
        `the command ${cause.subject} does not exist in the image ${item.container.image}`,
        target,
      );
    case 'out-of-memory':
      return plain(
        'the program ran out of memory by its own account',
        'Raise its memory limit or heap size.',
      );
    case 'bad-config':
      return explainConfig(world, item, cause.line, workload, target);
    case 'bad-flag':
      return explainFlag(item, cause.subject, target);
    case 'missing-module':
      return plain(
        `the module or class ${cause.subject} is not in the image ${item.container.image}`,
        'Build the image with the missing dependency, or go back to the last image that worked.',
      );
  }
}

function explainVariable(item: PodContainer, name: string, workload: Ref): Because {
  const { container, pod } = item;
  const set = (container.env ?? []).map(entry => entry.name);
  const sources = (container.envFrom ?? []).map(
    source =>
      `${source.configMapRef ? 'ConfigMap' : 'Secret'} ${source.configMapRef?.name ?? source.secretRef?.name}`,
  );
  const entry = (container.env ?? []).find(candidate => candidate.name === name);
  const reference = entry?.valueFrom?.configMapKeyRef ?? entry?.valueFrom?.secretKeyRef;
  const near = nearest(name, set, 1)[0];
  const where = entry
    ? reference
      ? `container ${container.name} takes it from key ${reference.key} of ${reference.name}, which gives nothing`
      : `container ${container.name} sets it to an empty or unsuitable value`
    : 'the container does not define it' +
      (near ? ` (it defines ${near}, perhaps misspelt)` : '') +
      (sources.length > 0 ? ` and takes the rest from ${sources.join(', ')}` : '');
  return {
    text: `the required environment variable ${name} is not set; ${where}`,
    evidence: [],
    remediation: [
      /^(?:Pod|Job)$/.test(workload.kind)
        ? `${editCommand(workload)}   # with ${name} in env of container ${container.name}`
        : `kubectl -n ${pod.metadata.namespace} set env ${kubectlName(workload)} -c ${container.name} ${name}=<value>`,
      `Take the value from a Secret or ConfigMap (valueFrom) if it is not public, then watch: kubectl -n ${pod.metadata.namespace} rollout status ${kubectlName(workload)}`,
    ],
  };
}

const CREDENTIAL = /pass|pwd|secret|token|cred|auth|key|dsn|database_url|login/i;

/** Where the container has its credentials from, by name. */
function explainCredentials({ container, pod }: PodContainer, workload: Ref): Because {
  const given = (container.env ?? []).filter(entry => CREDENTIAL.test(entry.name));
  const keys = given.flatMap(entry => {
    const key = entry.valueFrom?.secretKeyRef;
    return key ? [`${entry.name} from key ${key.key} of Secret ${key.name}`] : [];
  });
  const whole = (container.envFrom ?? []).flatMap(source => source.secretRef?.name ?? []);
  const sources = [...keys, ...whole.map(name => `its environment from Secret ${name}`)];
  const names = [...given.flatMap(entry => entry.valueFrom?.secretKeyRef?.name ?? []), ...whole];
  return {
    text: `the service it talks to refused its credentials${sources.length > 0 ? `; container ${container.name} takes ${sources.join(', ')}` : ''}`,
    evidence: [...new Set(names)].slice(0, 2).map(name => fieldProof(pod, 'Pod', name)),
    remediation: [
      `Compare the user name and password that ${refText(workload)} is given${names[0] ? ` by Secret ${names[0]}` : ''} with those of the server; environment variables change only when the pods are made anew.`,
    ],
  };
}

/** Names the variable behind a value that could not be read, or what the file comes from; never the value. */
function explainConfig(world: World, item: PodContainer, line: string, workload: Ref, edit: string): Because {
  const file = explainContent(world, item, line);
  if (file) return file;
  const variable = (item.container.env ?? []).find(
    entry => entry.name.length > 3 && new RegExp(`\\b${entry.name}\\b`).test(line),
  )?.name;
  return {
    text: variable
      ? `it cannot use the value of its environment variable ${variable}`
      : 'it cannot use its configuration',
    evidence: variable ? [fieldProof(item.pod, 'Pod', variable, 'name')] : [],
    remediation: [
      variable
        ? `${edit}   # correct the value of ${variable} in env of container ${item.container.name}`
        : `Correct the configuration of ${refText(workload)}.`,
    ],
  };
}

/** Containers of one pod share its network: two that listen on one port get in each other's way. */
function explainPort(world: World, item: PodContainer, named: string, edit: string): Because {
  const own = world.log(item.pod, item.container.name);
  const wanted = named || String(own?.current?.listening[0] ?? own?.previous?.listening[0] ?? '');
  const other = ((item.pod.spec?.containers ?? []) as Container[]).find(
    container =>
      container.name !== item.container.name &&
      wanted !== '' &&
      ((container.ports ?? []).some(port => String(port.containerPort) === wanted) ||
        [...(container.command ?? []), ...(container.args ?? [])].join(' ').includes(wanted) ||
        world.log(item.pod, container.name)?.current?.listening.includes(Number(wanted))),
  );
  const where = wanted ? `port ${wanted}` : 'the port it wants to listen on';
  return {
    text: `${where} is already in use (address already in use)${other ? `: container ${other.name} of the same pod listens on it, and containers of a pod share its network` : ''}`,
    evidence: [],
    remediation: [`${edit}   # give container ${item.container.name} a port of its own`],
  };
}

function explainFlag(item: PodContainer, flag: string, edit: string): Because {
  const given = [...(item.container.command ?? []), ...(item.container.args ?? [])];
  const name = flag.replace(/^-+/, '');
  const written = name ? given.find(word => word.replace(/^-+/, '').split('=')[0] === name) : undefined;
  const shown = written?.split('=')[0] ?? flag;
  return {
    text: `it does not know the command line option ${shown}`.trim(),
    evidence: written ? [fieldProof(item.pod, 'Pod', written)] : [],
    remediation: [
      `${edit}   # remove or correct ${shown || 'the option'} in command/args of container ${item.container.name}`,
    ],
  };
}

function explainPermission(item: PodContainer, path: string, edit: string, line: string): Because {
  const { container, pod } = item;
  const user = container.securityContext?.runAsUser ?? pod.spec?.securityContext?.runAsUser;
  const readOnly = container.securityContext?.readOnlyRootFilesystem;
  const mount = (container.volumeMounts ?? []).find(entry => path.startsWith(entry.mountPath));
  const facts = [
    user === undefined ? '' : `it runs as user ${user}`,
    readOnly ? 'its root file system is read-only (readOnlyRootFilesystem)' : '',
    mount?.readOnly ? `volume ${mount.name} is mounted read-only at ${mount.mountPath}` : '',
  ].filter(Boolean);
  const sealed = /read-only file system|EROFS/i.test(line);
  const proofs = [
    ...(user === undefined || sealed ? [] : [fieldProof(pod, 'Pod', user, 'runAsUser')]),
    ...(mount && sealed ? [fieldProof(pod, 'Pod', mount.mountPath, 'mountPath')] : []),
  ];
  return {
    text: sealed
      ? `it cannot write to ${path || 'its file system'}, which is read-only${facts.length > 0 ? `; ${facts.join(', ')}` : ''}`
      : `it was denied permission${path ? ` to ${path}` : ''}${facts.length > 0 ? `; ${facts.join(', ')}` : ''}`,
    evidence: proofs,
    remediation: [
      sealed
        ? `${edit}   # mount a writable volume (emptyDir, PVC) where it writes; ConfigMaps, Secrets and readOnly mounts never are`
        : `${edit}   # set runAsUser/fsGroup so that it may use ${path || 'the file'}, or mount a writable volume there`,
    ],
  };
}

function certificateDates(line: string): string {
  const names = /certificate is valid for (.{1,120}), not ([\w.*:-]+)/.exec(line);
  if (names) return `: it names ${names[1]}, not ${names[2]}`;
  const expired = /current time (\S+) is after (\S+)/.exec(line);
  if (expired && millis(expired[2])) return `: it expired at ${expired[2]}`;
  return /expired/.test(line)
    ? ': it has expired'
    : /unknown authority/.test(line)
      ? ': unknown authority'
      : '';
}
