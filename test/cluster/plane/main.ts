/**
 * Brings up a plane for work by hand and keeps it until Ctrl+C:
 *
 *     node test/cluster/plane/main.ts [--no-kubelet]
 */
import { once } from 'node:events';
import { startPlane } from './plane.ts';
import { progressTo } from './progress.ts';

const progress = progressTo(line => process.stderr.write(line));
const plane = await startPlane({ kubelet: !process.argv.includes('--no-kubelet'), progress });
console.log(
  `export KUBECONFIG=${plane.users.admin} PATH=${plane.binaries.kubectl.replace(/\/kubectl$/, '')}:$PATH`,
);
// Before this line a signal ends the process at once, and the kernel ends the plane with it.
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
progress('stopping');
await plane.stop();
progress('stopped');
