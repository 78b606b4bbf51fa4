import { open, stat } from 'node:fs/promises';
import type { SourceFile } from './layout.ts';
import { contentOfText, type FileContent, resolveInside } from './read.ts';

const SMALL = 256 * 1024;
const HEAD = 4 * 1024;

/** `[]`, `null`: what tools write for nothing. */
const NOTHING = 8;
const AT_ONCE = 20;

/** What a kind's files say they hold, from a small one of them; undefined when none says. */
export async function peek(root: string, files: SourceFile[]): Promise<FileContent | undefined> {
  for (let at = 0; at < files.length; at += AT_ONCE) {
    const sized = await Promise.all(files.slice(at, at + AT_ONCE).map(file => sizeOf(root, file.path)));
    const telling = sized.filter(file => file !== undefined && file.size > NOTHING) as Sized[];
    for (const { path, size } of telling.sort((a, b) => a.size - b.size)) {
      const found = await peekFile(path, size);
      if (found?.apiVersion && found.kind) return found;
    }
  }
  return undefined;
}

interface Sized {
  path: string;
  size: number;
}

async function sizeOf(root: string, path: string): Promise<Sized | undefined> {
  const real = await resolveInside(root, path);
  return real ? { path: real, size: (await stat(real)).size } : undefined;
}

async function peekFile(path: string, size: number): Promise<FileContent | undefined> {
  try {
    await using handle = await open(path);
    if (size <= SMALL || !path.endsWith('.json')) {
      return contentOfText(await handle.readFile('utf8'), path);
    }
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD), 0, HEAD, 0);
    return fromHead(buffer.toString('utf8', 0, bytesRead));
  } catch {
    // Unreadable files are named when their kind is asked for; here they only say nothing.
    return undefined;
  }
}

/** `{"kind":"PodList","apiVersion":"v1"` as the encoders of Kubernetes begin a list. */
function fromHead(head: string): FileContent | undefined {
  const kind = /^\s*\{[^{[]*?"kind"\s*:\s*"(\w+)List"/.exec(head)?.[1];
  const apiVersion = /^\s*\{[^{[]*?"apiVersion"\s*:\s*"([^"]+)"/.exec(head)?.[1];
  return kind && apiVersion ? { kind, apiVersion, items: [] } : undefined;
}
