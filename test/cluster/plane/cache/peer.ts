import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { unpackFile } from './npm-package.ts';
import { cached } from './store.ts';

const PACKAGE = {
  name: 'kubernetes-mcp-server-linux-amd64',
  version: '0.0.67',
  integrity:
    'sha512-VW5wRdetbJmfCHkCEBA808bgJJRL1GCfkSZ17J+SJJuNiKcvjibcGR32272WKtwd3Td4ZVrOPomExKgCNE16jA==',
};
const BINARY = `bin/${PACKAGE.name}`;

/** Another MCP server for Kubernetes, which the benchmark compares with: its program's absolute path. */
export async function kubernetesMcpServer(progress: Progress): Promise<string> {
  const directory = await cached(`kubernetes-mcp-server-${PACKAGE.version}`, async partial => {
    progress(`fetching ${PACKAGE.name}`);
    await unpackFile(PACKAGE, BINARY, partial);
  });
  return join(directory, 'package', BINARY);
}
