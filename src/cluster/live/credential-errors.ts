import { messageOf } from '../../shared/errors.ts';
import { isRecord } from '../../shared/json.ts';
import { cleanText, formatDuration, oneLine } from '../../shared/text.ts';
import { ClusterUnreachableError } from '../errors.ts';
import type { Connection } from './kubeconfig.ts';

/** Authentication could not even be prepared: a missing or failing exec plugin, an unreadable certificate or token file. */
export function explainCredentials(error: unknown, connection: Connection): ClusterUnreachableError {
  const at = `context ${connection.context}, server ${connection.server}`;
  const exec = connection.user['exec'];
  const command = isRecord(exec) ? String(exec['command'] ?? '') : '';
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  const fail = (message: string, hint: string) =>
    new ClusterUnreachableError(message, {
      hint,
      facts: { code, context: connection.context, server: connection.server, command: command || undefined },
      cause: error,
    });

  if (command && (syscall ?? '').startsWith('spawn')) {
    const why =
      code === 'ENOENT'
        ? 'is not installed'
        : code === 'EACCES'
          ? 'is not executable'
          : `cannot be started (${code})`;
    const install =
      isRecord(exec) && typeof exec['installHint'] === 'string'
        ? oneLine(cleanText(exec['installHint']), 200)
        : '';
    return fail(
      `The credential plugin ${command} ${why} (${at}).`,
      install || `Install it or put it on PATH; ${connection.source} asks for it.`,
    );
  }
  if (path && (code === 'ENOENT' || code === 'EACCES' || code === 'EISDIR')) {
    const why = code === 'ENOENT' ? 'does not exist' : 'cannot be read';
    return fail(
      `The credential file ${path} ${why} (${at}).`,
      `Correct its path in ${connection.source}, or fetch the kubeconfig again.`,
    );
  }
  if (command) {
    // Only what the plugin wrote to stderr becomes text; its stdout may hold the token.
    const malformed = error instanceof SyntaxError || error instanceof TypeError;
    const said = malformed ? 'it did not print an ExecCredential' : oneLine(cleanText(messageOf(error)), 300);
    return fail(
      `The credential plugin ${command} failed (${at}): ${(said || 'it gave no reason').replace(/\.$/, '')}.`,
      'Log in again with the tool that issued these credentials, or run the plugin by hand to see more.',
    );
  }
  return fail(
    `The credentials cannot be used (${at}): ${oneLine(cleanText(messageOf(error)), 200).replace(/\.$/, '')}.`,
    `Check the user ${connection.userName || '(none)'} in ${connection.source}.`,
  );
}

/** Authentication was not ready when the deadline passed: a plugin that waits for a login, a token server that is silent. */
export function explainSlowCredentials(ms: number, connection: Connection): ClusterUnreachableError {
  const exec = connection.user['exec'];
  const command = isRecord(exec) ? String(exec['command'] ?? '') : '';
  const who = command ? `The credential plugin ${command}` : 'The login for the cluster';
  return new ClusterUnreachableError(
    `${who} did not finish within ${formatDuration(ms)} (context ${connection.context}, server ${connection.server}).`,
    {
      hint: command
        ? 'Run it by hand once: it may be waiting for a login or a passphrase.'
        : `Check the login of the user ${connection.userName || '(none)'} in ${connection.source}.`,
      facts: { code: 'TIMEOUT', context: connection.context, server: connection.server, timeoutMs: ms },
    },
  );
}
