export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: Requirement[];
}

export interface Requirement {
  key: string;
  operator: string;
  values?: string[];
}

type Labels = Record<string, string> | undefined;

/** An empty selector matches everything; an absent one nothing. */
export function matchesSelector(selector: LabelSelector | undefined, labels: Labels): boolean {
  if (!selector) return false;
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels?.[key] === value);
  return exact && (selector.matchExpressions ?? []).every(item => meets(item, labels));
}

/** One requirement of a label selector or a node selector term. */
export function meets(requirement: Requirement, labels: Labels): boolean {
  const value = labels?.[requirement.key];
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}

export function requirementText(requirement: Requirement): string {
  const values = requirement.values ?? [];
  switch (requirement.operator) {
    case 'In':
      return values.length === 1
        ? `${requirement.key}=${values[0]}`
        : `${requirement.key} in (${values.join(', ')})`;
    case 'NotIn':
      return `${requirement.key} not in (${values.join(', ')})`;
    case 'Exists':
      return requirement.key;
    case 'DoesNotExist':
      return `!${requirement.key}`;
    default:
      return `${requirement.key} ${requirement.operator} ${values.join(', ')}`;
  }
}
