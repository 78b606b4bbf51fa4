import type { KubeObject } from '../../../cluster/types.ts';
import { type CertificateFacts, nameCovers } from '../../../shared/certificate.ts';
import { fieldProof } from '../prove.ts';
import { isFinished } from '../shapes.ts';
import type { Draft, Mode, Ref } from '../types.ts';
import { refOf, refText, type World } from '../world.ts';

interface Use {
  object: KubeObject;
  kind: 'Ingress' | 'Pod';
  /** Hosts that the certificate must name; none where only its dates matter. */
  hosts: string[];
}

/** Certificates in use that have expired or name other hosts: decided by the public part of a TLS Secret. */
export const certificates: Mode = {
  name: 'certificate',
  checks: 'certificates that have expired or name other hosts',
  needs: ['Secret', 'Ingress'],
  find(world) {
    const uses = usesOf(world);
    return world.mine('Secret').flatMap(secret => {
      const facts = secret['certificate'] as CertificateFacts | undefined;
      const used = uses.get(key(secret.metadata.namespace ?? '', secret.metadata.name)) ?? [];
      return facts && used[0] ? check(world, secret, facts, used) : [];
    });
  },
};

function check(world: World, secret: KubeObject, facts: CertificateFacts, uses: Use[]): Draft[] {
  const ref = refOf(secret, 'Secret');
  const first = uses[0]!;
  const users = uses.map(use => refText(refOf(use.object, use.kind)));
  const base = {
    severity: 'critical' as const,
    object: ref,
    evidence: [
      fieldProof(first.object, first.kind, ref.name, 'secretName'),
      fieldProof(secret, 'Secret', secret['type'] ?? 'kubernetes.io/tls'),
    ],
    affected: users,
  };
  if (world.now > facts.notAfter || world.now < facts.notBefore) {
    const expired = world.now > facts.notAfter;
    return [
      {
        ...base,
        mode: 'certificate-expired',
        rootCause: `The certificate in ${refText(ref)}, which ${users.slice(0, 3).join(' and ')} ${uses.length === 1 ? 'uses' : 'use'}, ${expired ? `has expired: it was valid until ${day(facts.notAfter)}` : `is not valid before ${day(facts.notBefore)}`} (names: ${facts.names.join(', ') || 'none'}).`,
        remediation: renew(ref),
      },
    ];
  }
  return uses.flatMap(use => {
    const strangers = use.hosts.filter(host => !facts.names.some(name => nameCovers(name, host)));
    if (strangers.length === 0 || facts.names.length === 0) return [];
    const user = refText(refOf(use.object, use.kind));
    return [
      {
        ...base,
        mode: 'certificate-mismatch' as const,
        rootCause: `${user} serves ${strangers.join(', ')} with the certificate in ${refText(ref)}, which does not name ${strangers.length === 1 ? 'it' : 'them'}: it names ${facts.names.join(', ')}.`,
        evidence: [
          ...base.evidence,
          ...strangers.slice(0, 2).map(host => fieldProof(use.object, use.kind, host)),
        ],
        remediation: [
          `kubectl -n ${ref.namespace} edit ingress ${use.object.metadata.name}   # name the Secret with the certificate for ${strangers[0]}`,
          ...renew(ref),
        ],
      },
    ];
  });
}

function renew(ref: Ref): string[] {
  return [
    `Renew it: kubectl -n ${ref.namespace} create secret tls ${ref.name} --cert=<file> --key=<file> --dry-run=client -o yaml | kubectl apply -f -`,
    `Where cert-manager keeps it: kubectl -n ${ref.namespace} describe certificate`,
  ];
}

/** Secrets by the Ingresses and pods that use them; a certificate that nobody uses troubles nobody. */
function usesOf(world: World): Map<string, Use[]> {
  const uses = new Map<string, Use[]>();
  const add = (namespace: string, name: string, use: Use) =>
    uses.set(key(namespace, name), [...(uses.get(key(namespace, name)) ?? []), use]);
  for (const item of world.mine('Ingress')) {
    for (const { secretName, hosts = [] } of (item.spec?.tls ?? []) as Array<{
      secretName?: string;
      hosts?: string[];
    }>) {
      if (secretName)
        add(item.metadata.namespace ?? '', secretName, { object: item, kind: 'Ingress', hosts });
    }
  }
  const told = new Set<string>();
  for (const pod of world.mine('Pod')) {
    if (isFinished(pod)) continue;
    for (const volume of (pod.spec?.volumes ?? []) as Array<{ secret?: { secretName?: string } }>) {
      const name = volume.secret?.secretName;
      const namespace = pod.metadata.namespace ?? '';
      // One pod stands for the replicas that mount it.
      if (!name || told.has(key(namespace, name))) continue;
      told.add(key(namespace, name));
      add(namespace, name, { object: pod, kind: 'Pod', hosts: [] });
    }
  }
  return uses;
}

const key = (namespace: string, name: string): string => `${namespace}/${name}`;
const day = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z');
