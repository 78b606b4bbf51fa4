// React and Ink are several times slower in development mode; this must be set before either is imported.
process.env.NODE_ENV ??= 'production';

// A reader that has seen enough (`| head`) is no failure; a closed stderr must not cost the result on stdout. EIO: the
// terminal's window was closed; what goes on, as a recording, is told by SIGHUP and ends in order.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EIO') return;
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
});

// A defect that nothing caught: one sentence, and the terminal was given back by then. Everything recorded is kept.
process.on('uncaughtException', error => {
  process.stderr.write(
    `kv: unexpected failure: ${error.message}. The session is kept: kv resume goes on; KV_DEBUG=1 shows the stack.\n`,
  );
  if (process.env.KV_DEBUG) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});

const { version } = await import('./version.ts');
if (process.argv.length === 3 && (process.argv[2] === '--version' || process.argv[2] === '-V')) {
  process.stdout.write(`${version}\n`);
} else {
  const { runProgram } = await import('./program.ts');
  process.exitCode = await runProgram(process.argv.slice(2));
}

export {};
