import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const SRC = resolve('src');

/** The rooms from top to bottom; a room may import from its own layer's room and from layers below. */
const LAYERS: string[][] = [
  ['cli'],
  ['tui', 'headless', 'mcp', 'bench', 'telemetry', 'config'],
  ['agent'],
  ['llm', 'sandbox', 'capabilities', 'policy', 'usage', 'sessions'],
  ['cluster', 'trace'],
  ['shared'],
];

const layerOf = (room: string) => LAYERS.findIndex(layer => layer.includes(room));

interface Import {
  file: string;
  from: string;
  to: string;
}

function imports(): Import[] {
  const files = readdirSync(SRC, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map(entry => join(entry.parentPath, entry.name));
  return files.flatMap(file => {
    const text = readFileSync(file, 'utf8');
    const found = [...text.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)];
    return found.map(match => ({
      file: relative(SRC, file),
      from: relative(SRC, file).split('/')[0]!,
      to: relative(SRC, resolve(dirname(file), match[1]!)).split('/')[0]!,
    }));
  });
}

describe('the import graph', () => {
  const all = imports();

  it('knows every room', () => {
    const rooms = readdirSync(SRC, { withFileTypes: true }).filter(entry => entry.isDirectory());
    expect(rooms.map(room => room.name).filter(name => layerOf(name) < 0)).toEqual([]);
    expect(all.length).toBeGreaterThan(100);
  });

  it('points one way, and never between rooms of one layer', () => {
    const wrong = all.filter(({ from, to }) => from !== to && layerOf(to) <= layerOf(from));
    expect(wrong.map(({ file, to }) => `${file} imports ${to}`)).toEqual([]);
  });

  it('keeps SDKs inside their adapters', () => {
    const owners: Record<string, string[]> = {
      '@anthropic-ai/sdk': ['llm'],
      ollama: ['llm'],
      '@kubernetes/client-node': ['cluster'],
      'better-sqlite3': ['sessions', 'trace'],
      ink: ['tui'],
      commander: ['cli'],
    };
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(name =>
      /\.tsx?$/.test(name),
    );
    const strays = files.flatMap(name => {
      const text = readFileSync(join(SRC, name), 'utf8');
      const used = [...text.matchAll(/(?:from|import)\s*\(?\s*'([^.'][^']*)'/g)].map(match => match[1]!);
      return used.filter(module => {
        const owner = Object.entries(owners).find(([sdk]) => module === sdk || module.startsWith(`${sdk}/`));
        return owner !== undefined && !owner[1].includes(name.split('/')[0]!);
      });
    });
    expect(strays).toEqual([]);
  });
});
