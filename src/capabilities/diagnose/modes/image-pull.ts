import { safeQuote } from '../logs/safe-quote.ts';
import { kubectlName, workloadOf } from '../owners.ts';
import { eventProof, fieldProof } from '../prove.ts';
import { containersOf, type PodContainer } from '../shapes.ts';
import type { Draft, Mode } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

const WAITING =
  /^(?:ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|ImageInspectError|RegistryUnavailable|SignatureValidationFailed)$/;

/** An image that cannot be had: decided by the waiting reason and the kubelet's Failed event. */
export const imagePull: Mode = {
  name: 'image-pull',
  checks: 'images that cannot be pulled',
  needs: ['ServiceAccount'],
  find(world) {
    return world
      .unwellPods()
      .flatMap(containersOf)
      .filter(item => WAITING.test(item.status?.state?.waiting?.reason ?? ''))
      .map(item => describe(world, item));
  },
};

function describe(world: World, item: PodContainer): Draft {
  const { pod, container, status } = item;
  const waiting = status?.state?.waiting ?? {};
  const events = world.eventsOf(pod, 'Pod');
  const failed = events.find(
    event =>
      event.reason === 'Failed' &&
      /pull|image/i.test(event.message) &&
      event.message.includes(container.image),
  );
  const never = events.find(event =>
    /ErrImageNeverPull|not present with pull policy/i.test(`${event.reason} ${event.message}`),
  );
  const invalid = events.find(event =>
    /InspectFailed|InvalidImageName/.test(`${event.reason} ${event.message}`),
  );
  const event = failed ?? never ?? invalid;
  const noSecret = events.find(item => item.reason === 'FailedToRetrieveImagePullSecret');
  const lost = /pull secrets? \(([^)]+)\)/.exec(noSecret?.message ?? '')?.[1];
  // Names and digests may hold any word or number that a registry's answer is known by.
  const text = `${failed?.message ?? ''} ${waiting.message ?? ''} ${event?.message ?? ''}`
    .replaceAll(container.image.includes('/') ? container.image : `"${container.image}"`, '')
    .replaceAll(repositoryPath(container.image), '')
    .replace(/sha256:[0-9a-f]+/g, '');
  const { why, fix, unreachable } = reasonOf(text, waiting.reason ?? '', item);
  const workload = workloadOf(world, pod, 'Pod');
  const ns = pod.metadata.namespace;
  return {
    mode: 'image-pull',
    severity: 'critical',
    object: refOf(pod, 'Pod'),
    workload: refText(workload),
    rootCause: `${item.init ? 'Init container' : 'Container'} ${container.name} of ${refText(workload)} cannot start because its image ${container.image} cannot be pulled (${waiting.reason}): ${why}.${lost ? ` Its image pull secret ${lost} does not exist (not found).` : ''}`,
    evidence: [
      ...(event ? [eventProof(event)] : []),
      ...(noSecret ? [eventProof(noSecret)] : []),
      ...(waiting.message && !event ? [fieldProof(pod, 'Pod', waiting.message)] : []),
      fieldProof(pod, 'Pod', waiting.reason, 'reason'),
      ...(event?.message.includes(container.image) ? [] : [fieldProof(pod, 'Pod', container.image, 'image')]),
    ],
    remediation: [
      ...fix,
      ...(unreachable
        ? []
        : [
            `kubectl -n ${ns} set image ${kubectlName(workload)} ${container.name}=${/[A-Z]/.test(repositoryOf(container.image)) ? container.image.replace(repositoryOf(container.image), repositoryOf(container.image).toLowerCase()) : '<an image that exists>'}`,
          ]),
    ],
    ruledOut: ['Scheduling: the pod has a node.', 'The program itself: it has not been started yet.'],
  };
}

function reasonOf(
  text: string,
  reason: string,
  item: PodContainer,
): { why: string; fix: string[]; unreachable?: boolean } {
  const { image } = item.container;
  const registry = registryOf(image);
  const secrets: string[] = (item.pod.spec?.imagePullSecrets ?? []).map(
    (entry: { name: string }) => entry.name,
  );
  const quoted = (pattern: RegExp) => safeQuote(pattern.exec(text)?.[0] ?? '', [], 160);
  if (reason === 'InvalidImageName' || /invalid reference format|couldn't parse image/i.test(text)) {
    return {
      why: `"${image}" is not a valid image name (invalid reference format)`,
      fix: ['Correct the image name: it must be lower case, host[:port]/path:tag.'],
    };
  }
  if (reason === 'ErrImageNeverPull' || /not present with pull policy of Never/i.test(text)) {
    return {
      why: `imagePullPolicy is Never and the image is not present on node ${item.pod.spec?.nodeName}`,
      fix: ['Set imagePullPolicy to IfNotPresent, or load the image onto the node.'],
    };
  }
  if (/toomanyrequests|too many requests|rate limit|\b429\b/i.test(text)) {
    return {
      why: `the registry ${registry} limits the rate of pulls (too many requests, rate limit reached)`,
      fix: ['Pull with credentials (imagePullSecrets), through a mirror, or wait until the limit is over.'],
    };
  }
  if (
    /no basic auth|unauthorized|authentication required|denied|forbidden|authorization failed|\b401\b|\b403\b/i.test(
      text,
    )
  ) {
    return {
      why:
        `the registry ${registry} refuses access (unauthorized: ${quoted(/(?:no basic auth credentials|unauthorized[^"\n]*|authentication required|(?:pull |requested )?access (?:to the resource is )?denied[^"\n]*|403 Forbidden|401 Unauthorized|authorization failed)/i)}), ` +
        (secrets.length > 0
          ? `although the pod uses the pull secret ${secrets.join(', ')}`
          : 'and the pod has no imagePullSecrets') +
        '; a private repository and one that does not exist look the same',
      fix: [
        `kubectl -n ${item.pod.metadata.namespace} create secret docker-registry <name> --docker-server=${registry} --docker-username=<user> --docker-password=<password>`,
        'Name that secret in imagePullSecrets of the pod or its ServiceAccount.',
      ],
    };
  }
  if (
    /no such host|connection refused|i\/o timeout|timeout|deadline exceeded|no route|network is unreachable|server misbehaving|EOF/i.test(
      text,
    )
  ) {
    return {
      why: `the registry ${registry} cannot be reached from node ${item.pod.spec?.nodeName} (${quoted(/(?:dial tcp[^"]*?(?=: ErrImagePull| Back-off| Failed to pull|"|$)|lookup [^"]*no such host|i\/o timeout|connection refused|context deadline exceeded|server misbehaving)/i)})`,
      fix: [
        `Check the name ${registry} and the node's network, DNS and proxy towards it: the image name itself may be right.`,
      ],
      unreachable: true,
    };
  }
  if (/x509|certificate|tls|http: server gave HTTP response/i.test(text)) {
    return {
      why: `the node cannot set up TLS with the registry ${registry} (${quoted(/(?:x509[^"]*|tls[^"]*|http: server gave HTTP response[^"]*)/i)})`,
      fix: [`Give the node's container runtime the CA of ${registry}, or mark it as insecure.`],
    };
  }
  if (/no match for platform|no matching manifest/i.test(text)) {
    return {
      why: 'the image has no build for the platform of the node (no match for platform)',
      fix: ['Build the image for that platform, or schedule the pod elsewhere.'],
    };
  }
  if (/not found|manifest unknown|NotFound|does not exist/i.test(text)) {
    return {
      why: `the image ${image} was not found in registry ${registry}: the repository or the tag does not exist`,
      fix: [`Push ${image}, or correct its name and tag.`],
    };
  }
  const said = safeQuote(text.replace(/Back-off pulling image "[^"]*"/g, '').trim(), [], 240);
  return {
    why: said || 'why cannot be told from the data, since the event with the answer of the registry is gone',
    fix: [
      `kubectl -n ${item.pod.metadata.namespace} get events --field-selector involvedObject.name=${item.pod.metadata.name}   # the next attempt says why`,
    ],
  };
}

/** `shop/cart` of `registry.example.com/shop/cart:1`: errors name it with other tags, hosts and schemes. */
function repositoryPath(image: string): string {
  const repository = repositoryOf(image);
  const registry = registryOf(image);
  const path = repository.startsWith(`${registry}/`) ? repository.slice(registry.length + 1) : repository;
  return path.includes('/') ? path : `/${path}:`;
}

/** The path of an image, which must be lower case, without its tag. */
function repositoryOf(image: string): string {
  return image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
}

function registryOf(image: string): string {
  const first = image.split('/')[0] ?? '';
  return image.includes('/') && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
}
