import type { AnyCapability } from './define.ts';
import { indent, typeText } from './schema-to-ts.ts';

interface Family {
  functions: Array<{ name: string; capability: AnyCapability }>;
  children: Map<string, Family>;
}

/**
 * The TypeScript declarations of capabilities that the type-checker checks against.
 * A family becomes an interface and a constant (`interface K8s`, `declare const k8s: K8s`), because some
 * capability names are reserved words (`delete`) that a namespace cannot declare.
 */
export function declarationsOf(capabilities: readonly AnyCapability[]): string {
  const root: Family = { functions: [], children: new Map() };
  const types = new Map<string, string>();
  for (const capability of capabilities) {
    const path = capability.name.split('.');
    const name = path.pop()!;
    let family = root;
    for (const step of path) family = childOf(family, step);
    family.functions.push({ name, capability });
  }
  const parts: string[] = [];
  for (const [name, family] of root.children) {
    printFamily([name], family, parts, types);
    parts.push(`declare const ${name}: ${typeName([name])};`);
  }
  for (const { name, capability } of root.functions) {
    parts.push(`declare function ${signature(name, capability, types, false)}`);
  }
  const named = [...types].map(([id, text]) =>
    text.startsWith('{') ? `interface ${id} ${text}` : `type ${id} = ${text};`,
  );
  return [...named, ...parts].join('\n');
}

/** One capability's full signature with its documentation, as `tools.describe` answers. */
export function describeCapability(capability: AnyCapability): string {
  const types = new Map<string, string>();
  const text = signature(capability.name, capability, types, true);
  const named = [...types].map(([id, body]) => `interface ${id} ${body}`);
  const examples = capability.examples.map(example => `// ${example.title}\n${example.code}`);
  return [
    `// ${capability.summary}.`,
    capability.details ? `// ${capability.details}` : '',
    text,
    ...named,
    ...examples,
  ]
    .filter(Boolean)
    .join('\n');
}

function childOf(family: Family, step: string): Family {
  let child = family.children.get(step);
  if (!child) {
    child = { functions: [], children: new Map() };
    family.children.set(step, child);
  }
  return child;
}

function printFamily(path: string[], family: Family, parts: string[], types: Map<string, string>): void {
  for (const [name, child] of family.children) printFamily([...path, name], child, parts, types);
  const members = family.functions.map(({ name, capability }) => signature(name, capability, types, false));
  for (const name of family.children.keys()) members.push(`${name}: ${typeName([...path, name])};`);
  parts.push(`interface ${typeName(path)} {\n${indent(members.join('\n'))}\n}`);
}

function signature(
  name: string,
  capability: AnyCapability,
  types: Map<string, string>,
  comments: boolean,
): string {
  const params = typeText(capability.params, 'input', comments);
  const result = typeText(capability.result, 'output', comments);
  for (const [id, text] of [...params.named, ...result.named]) types.set(id, text);
  const none = Object.keys(capability.params.shape).length === 0;
  const optional = capability.params.safeParse({}).success ? '?' : '';
  return `${name}(${none ? '' : `params${optional}: ${params.text}`}): Promise<${result.text}>;`;
}

function typeName(path: string[]): string {
  return path
    .map(step => step.charAt(0).toUpperCase() + step.slice(1).replace(/[^A-Za-z0-9]/g, '_'))
    .join('');
}
