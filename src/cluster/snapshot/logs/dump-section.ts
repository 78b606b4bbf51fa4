import { open } from 'node:fs/promises';

const BLOCK = 256 * 1024;

/**
 * Where one container's log lies in the logs.txt of a `kubectl cluster-info dump`, as byte offsets. The file has
 * the logs of all containers of a pod, each between `==== START logs for container …` and `==== END …`.
 */
export async function findSection(
  path: string,
  name: { namespace: string; pod: string; container: string },
): Promise<{ from: number; to: number } | undefined> {
  const label = `logs for container ${name.container} of pod ${name.namespace}/${name.pod} ====`;
  const start = Buffer.from(`==== START ${label}\n`);
  const from = await indexOf(path, start, 0);
  if (from === undefined) return undefined;
  const begin = from + start.length;
  return {
    from: begin,
    to: (await indexOf(path, Buffer.from(`==== END ${label}`), begin)) ?? Number.MAX_SAFE_INTEGER,
  };
}

/** Offset of the first occurrence at or after `from`; the file is read block by block. */
async function indexOf(path: string, wanted: Buffer, from: number): Promise<number | undefined> {
  await using file = await open(path);
  const block = Buffer.alloc(BLOCK);
  let at = from;
  for (;;) {
    const { bytesRead } = await file.read(block, 0, BLOCK, at);
    const found = block.subarray(0, bytesRead).indexOf(wanted);
    if (found >= 0) return at + found;
    if (bytesRead < wanted.length) return undefined;
    // What the end of this block may have cut is looked at again.
    at += bytesRead - wanted.length + 1;
  }
}
