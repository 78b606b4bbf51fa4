import type { KubeObject } from '../../cluster/types.ts';
import { nearest } from '../../shared/nearest.ts';
import type { Because } from './because.ts';
import type { LogCause } from './logs/causes.ts';
import { fieldProof } from './prove.ts';
import { refOf, refText, type World } from './world.ts';

interface Rule {
  apiGroups?: string[];
  resources?: string[];
  verbs?: string[];
  resourceNames?: string[];
}

interface Subject {
  kind: string;
  name: string;
  namespace?: string;
}

/** What a log was refused, held against what the Roles bound to its ServiceAccount grant. */
export function explainRbac(world: World, cause: LogCause): Because {
  const match =
    /cannot (\w+) resource "([^"]+)"(?: in API group "([^"]*)")?(?: in the namespace "([^"]+)")?/.exec(
      cause.line.replaceAll('\\"', '"'),
    );
  const [, namespace = '', account = ''] = /system:serviceaccount:([^:]+):(.+)/.exec(cause.subject) ?? [];
  const [, verb = '', resource = '', group = '', inside] = match ?? [];
  const what = `${verb} ${resource}${group ? `.${group}` : ''}`;
  const scope = inside ? `in namespace ${inside}` : 'in the whole cluster';
  const kind = inside ? 'role' : 'clusterrole';
  const flag = inside ? `-n ${inside} ` : '';
  const granted = grantsOf(world, { namespace, account, resource, inside });
  return {
    text: `ServiceAccount ${namespace}/${account} is not allowed to ${what} ${scope} (RBAC forbids it)${granted.text}`,
    evidence: granted.role ? [fieldProof(granted.role, granted.role.kind, granted.role.metadata.name)] : [],
    remediation: [
      ...(granted.role
        ? [
            `kubectl ${flag}edit ${granted.role.kind.toLowerCase()} ${granted.role.metadata.name}   # add the verb ${verb} for ${resource}`,
          ]
        : []),
      `kubectl ${flag}create ${kind} ${account}-${resource} --verb=${verb} --resource=${resource}${group ? `.${group}` : ''}`,
      `kubectl ${flag}create ${kind}binding ${account}-${resource} --${kind}=${account}-${resource} --serviceaccount=${namespace}:${account}`,
    ],
  };
}

interface Asked {
  namespace: string;
  account: string;
  resource: string;
  inside: string | undefined;
}

function grantsOf(world: World, asked: Asked): { text: string; role?: KubeObject } {
  const { inside } = asked;
  const bindings = [...(inside ? world.in('RoleBinding', inside) : []), ...world.all('ClusterRoleBinding')];
  if (!world.knows(inside ? 'RoleBinding' : 'ClusterRoleBinding')) return { text: '' };
  const own = bindings.filter(binding => subjectsOf(binding).some(subject => isMeant(subject, asked)));
  for (const binding of own) {
    const { kind, name } = binding['roleRef'] as { kind: string; name: string };
    const place = kind === 'Role' ? (inside ?? '') : '';
    if (world.knows(kind) && !world.get(kind, place, name)) {
      const names = world.in(kind, place).map(item => item.metadata.name);
      const near = nearest(name, names, 1)[0];
      return {
        text: `: ${refText(refOf(binding, binding.kind))} gives it the ${kind} ${name}, which does not exist (not found)${near ? `; the nearest is ${near}` : ''}`,
      };
    }
  }
  const roles = own.flatMap(binding => roleOf(world, binding, inside));
  const near = roles
    .map(role => ({ role, verbs: verbsFor(role, asked.resource) }))
    .find(({ verbs }) => verbs.length > 0);
  if (near)
    return {
      text: `: ${refText(refOf(near.role, near.role.kind))} grants it only ${near.verbs.join(', ')} on ${asked.resource}`,
      role: near.role,
    };
  if (roles[0])
    return {
      text: `: ${roles
        .slice(0, 3)
        .map(role => refText(refOf(role, role.kind)))
        .join(', ')} ${roles.length === 1 ? 'is' : 'are'} bound to it and say nothing of ${asked.resource}`,
      role: roles[0],
    };
  const stray = bindings.find(binding => subjectsOf(binding).some(subject => isNear(subject, asked)));
  if (stray) {
    const subject = subjectsOf(stray).find(item => isNear(item, asked));
    return {
      text: `: no Role is bound to it; ${refText(refOf(stray, stray.kind))} names ${subject?.kind} ${subject?.namespace ? `${subject.namespace}/` : ''}${subject?.name} instead`,
    };
  }
  return { text: ': no Role that is known is bound to it' };
}

function subjectsOf(binding: KubeObject): Subject[] {
  return (binding['subjects'] ?? []) as Subject[];
}

function isMeant(subject: Subject, { namespace, account }: Asked): boolean {
  if (subject.kind === 'ServiceAccount') return subject.name === account && subject.namespace === namespace;
  return subject.kind === 'Group'
    ? subject.name === `system:serviceaccounts:${namespace}`
    : subject.name === `system:serviceaccount:${namespace}:${account}`;
}

/** The same name in another namespace, or a similar name in the same one. */
function isNear(subject: Subject, { namespace, account }: Asked): boolean {
  if (subject.kind !== 'ServiceAccount') return subject.name === account;
  return subject.name === account
    ? subject.namespace !== namespace
    : subject.namespace === namespace && nearest(account, [subject.name], 1).length > 0;
}

function roleOf(world: World, binding: KubeObject, inside: string | undefined): KubeObject[] {
  const { kind, name } = binding['roleRef'] as { kind: string; name: string };
  const role = world.get(kind, kind === 'Role' ? (inside ?? '') : '', name);
  return role ? [{ ...role, kind }] : [];
}

function verbsFor(role: KubeObject, resource: string): string[] {
  const rules = (role['rules'] ?? []) as Rule[];
  return [
    ...new Set(
      rules
        .filter(rule => (rule.resources ?? []).some(item => item === resource || item === '*'))
        .flatMap(rule => rule.verbs ?? []),
    ),
  ];
}
