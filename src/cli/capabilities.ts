import { z } from 'zod';
import { allCapabilities } from '../agent/capabilities.ts';
import { createCatalog } from '../capabilities/catalog.ts';
import { KvError } from '../shared/errors.ts';

/** Prints the reference of the catalog, or of what matches `query`. */
export async function printCapabilities(query: string, output: 'markdown' | 'json' | 'ts'): Promise<void> {
  const catalog = createCatalog(allCapabilities());
  const exact = catalog.get(query);
  const names = exact ? [query] : query ? catalog.search(query, 20).map(hit => hit.name) : catalog.names();
  if (names.length === 0) {
    throw new KvError('usage', `No capability matches "${query}".`, {
      hint: '`kv capabilities` lists all of them.',
    });
  }
  const chosen = names.map(name => catalog.get(name)!);
  if (output === 'ts') process.stdout.write(`${catalog.declarations()}\n`);
  else if (output === 'json') {
    const rows = chosen.map(item => ({
      name: item.name,
      summary: item.summary,
      details: item.details ?? '',
      effect: typeof item.effect === 'string' ? item.effect : 'depends on the request',
      params: z.toJSONSchema(item.params, { io: 'input', unrepresentable: 'any' }),
      examples: item.examples,
    }));
    process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  } else {
    const pages = chosen.map(item => {
      const effect = typeof item.effect === 'string' ? item.effect : 'depends on the request';
      return `## ${item.name}\n\nEffect: ${effect}\n\n\`\`\`ts\n${catalog.describe(item.name)}\n\`\`\`\n`;
    });
    process.stdout.write(pages.join('\n'));
  }
}
