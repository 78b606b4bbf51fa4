/** Failures of the disk under a database, which leave a file that can be read. */
export function isStorageFailure(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'SQLITE_FULL' || code.startsWith('SQLITE_IOERR');
}

export function storageSentence(error: unknown): string {
  const code = codeOf(error);
  return code === 'SQLITE_FULL'
    ? 'The disk is full, so nothing more was written.'
    : `The disk failed (${code}), so nothing more was written.`;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | null)?.code ?? '');
}
