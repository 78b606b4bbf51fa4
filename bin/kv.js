#!/usr/bin/env node
// Starts dist/. The version is checked before anything is imported: the libraries crash on older Nodes.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  process.stderr.write(
    `kv needs Node 22.19 or newer and this is Node ${process.versions.node}: run it with \`npm start\` or \`npm exec kv\`, which bring their own, or install a newer Node.\n`,
  );
  process.exitCode = 1;
} else {
  const { existsSync } = await import('node:fs');
  const entry = new URL('../dist/cli/main.js', import.meta.url);
  if (existsSync(entry)) await import(entry.href);
  else {
    process.stderr.write('kv has not been built yet: run `npm run setup` in its folder once.\n');
    process.exitCode = 1;
  }
}
