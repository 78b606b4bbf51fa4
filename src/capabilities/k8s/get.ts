import { z } from 'zod';
import { defineCapability } from '../define.ts';
import { kindParam, kubeObject, namespaceParam } from './schemas.ts';
import { getObject } from './target.ts';

export const get = defineCapability({
  name: 'k8s.get',
  effect: 'read',
  brief: '',
  summary: 'Get one object of any kind',
  details: 'Secret values arrive as handles { $secret, length, sha256 }: compare them by sha256',
  params: z.object({ kind: kindParam, name: z.string().min(1), namespace: namespaceParam }),
  result: kubeObject,
  examples: [
    {
      title: 'read the environment of a deployment',
      code: "const d = await k8s.get({ kind: 'Deployment', name: 'checkout', namespace: 'shop' });\nreturn d.spec.template.spec.containers[0].env;",
    },
  ],
  run: (context, params) => getObject(context, params),
});
