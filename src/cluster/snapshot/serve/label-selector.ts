import type { KubeObject } from '../../types.ts';
import { badRequest } from '../status.ts';

export type Matcher = (object: KubeObject) => boolean;

const KEY = '[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?';
const IN = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const COMPARE = new RegExp(`^(${KEY})\\s*(==|=|!=|>|<)\\s*([-A-Za-z0-9_.]*)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * Compiles a label selector: `app=web,tier!=db,env in (a,b),env notin (c),!legacy,owner,size>3`
 * (kubernetes.io/docs/concepts/overview/working-with-objects/labels). Rejects what it cannot parse with a 400.
 */
export function labelMatcher(selector: string): Matcher {
  const requirements = splitRequirements(selector).map(compile);
  return object => {
    const labels = object.metadata.labels ?? {};
    return requirements.every(matches => matches(labels));
  };
}

/** A LabelSelector as objects carry it (`matchLabels`, `matchExpressions`), against labels. */
export function selectorMatches(
  selector: { matchLabels?: Record<string, string>; matchExpressions?: Expression[] } | undefined,
  labels: Record<string, string>,
): boolean {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal && (selector?.matchExpressions ?? []).every(expression => expressionMatches(expression, labels))
  );
}

interface Expression {
  key: string;
  operator: string;
  values?: string[];
}

function expressionMatches(
  { key, operator, values = [] }: Expression,
  labels: Record<string, string>,
): boolean {
  const value = labels[key];
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  const listed = value !== undefined && values.includes(value);
  return operator === 'NotIn' ? !listed : listed;
}

function splitRequirements(selector: string): string[] {
  const parts = selector.split(/,(?![^(]*\))/).map(part => part.trim());
  if (parts.length === 1 && parts[0] === '') return [];
  return parts;
}

function compile(requirement: string): (labels: Record<string, string>) => boolean {
  const membership = IN.exec(requirement);
  if (membership) {
    const [, key = '', operator, list = ''] = membership;
    const values = new Set(list.split(',').map(value => value.trim()));
    return labels => (labels[key] !== undefined && values.has(labels[key])) === (operator === 'in');
  }
  const comparison = COMPARE.exec(requirement);
  if (comparison) {
    const [, key = '', operator, value = ''] = comparison;
    if (operator === '!=') return labels => labels[key] !== value;
    if (operator === '>' || operator === '<') {
      const bound = Number(value);
      if (value === '' || !Number.isInteger(bound)) throw unparsable(requirement);
      return labels => {
        const number = labels[key] === undefined ? Number.NaN : Number(labels[key]);
        return operator === '>' ? number > bound : number < bound;
      };
    }
    return labels => labels[key] === value;
  }
  const existence = EXISTS.exec(requirement);
  if (!existence) throw unparsable(requirement);
  const [, not, key = ''] = existence;
  return labels => (labels[key] === undefined) === (not === '!');
}

function unparsable(requirement: string) {
  return badRequest(
    `unable to parse requirement: found '${requirement}', expected: a label requirement such as key=value, key!=value, key in (a,b), key notin (a,b), key or !key`,
  );
}
