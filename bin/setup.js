#!/usr/bin/env node
// Installs from the lock file and builds dist/, each only when its inputs changed. Runs on any Node from 20 on:
// the Node that kv needs arrives with the packages, as node_modules/.bin/node.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const windows = process.platform === 'win32';

const filesUnder = folder =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath ?? entry.path, entry.name))
    .sort();

const hashOf = files => {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}`);
  for (const file of files) hash.update(relative(root, file)).update(readFileSync(file));
  return hash.digest('hex');
};

const run = (title, command, args, undo = () => {}) => {
  process.stderr.write(`kv: ${title}…\n`);
  const started = Date.now();
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: windows });
  if (status !== 0) {
    undo();
    process.stderr.write(
      `kv: ${title} failed${error ? `: ${error.message}` : ''}; what it said stands above.\n`,
    );
    process.exit(1);
  }
  process.stderr.write(`kv: ${title} took ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
};

/** Does the work unless the stamp says that it was done for these very inputs. */
const once = (stampFile, inputs, output, work) => {
  const stamp = join(root, stampFile);
  const hash = hashOf(inputs);
  if (existsSync(join(root, output)) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  rmSync(stamp, { force: true });
  work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
};

const lock = join(root, 'package-lock.json');
once('node_modules/.kv-installed', [lock], 'node_modules', () =>
  run('installing packages', 'npm', [
    'ci',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]),
);
once('dist/.kv-built', [...filesUnder('src'), join(root, 'tsconfig.json'), lock], 'dist', () => {
  // Built aside and put in place at once: a kv that starts meanwhile finds the old build or the new one, whole.
  const fresh = join(root, `dist.${process.pid}`);
  const old = join(root, `dist.${process.pid}.old`);
  const dist = join(root, 'dist');
  const bundled = join(root, 'node_modules', '.bin', 'node');
  const node = existsSync(bundled) && !windows ? bundled : process.execPath;
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run('building', node, [tsc, '--project', root, '--outDir', fresh], () =>
    rmSync(fresh, { recursive: true, force: true }),
  );
  if (existsSync(dist)) renameSync(dist, old);
  renameSync(fresh, dist);
  rmSync(old, { recursive: true, force: true });
});
