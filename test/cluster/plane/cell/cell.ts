import { mkdirSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Output, type RunOptions, run } from '../run.ts';
import { waitFor } from '../wait.ts';
import { createCgroups, removeCgroups } from './cgroups.ts';
import { Daemon } from './daemon.ts';
import { type Forwarder, forward } from './forwarder.ts';
import type { Ground } from './ground.ts';

/** The node's address: on `lo` of the cell, since a kubelet refuses a loopback address. */
export const NODE_ADDRESS = '10.77.0.1';

/**
 * Private network, mount, PID, IPC and host name for everything the plane runs. A kubelet and containerd leave
 * mounts, shims, bridges and orphans behind; here all of it goes when the cell's first process is killed, and
 * that process is killed by the kernel when the one that started the cell dies, however it dies.
 */
export class Cell implements Ground {
  readonly directory: string;
  readonly stateDirectory: string;
  readonly cgroup: string;
  readonly #init: Daemon;
  readonly #daemons: Daemon[] = [];
  readonly #forwarders: Forwarder[] = [];
  #initPid = 0;

  private constructor(directory: string, init: Daemon, cgroup: string) {
    this.directory = directory;
    this.stateDirectory = '/var/lib/plane';
    this.#init = init;
    this.cgroup = cgroup;
  }

  static async open(directory: string): Promise<Cell> {
    const cgroup = `kv-plane-${process.pid}`;
    await createCgroups(cgroup);
    mkdirSync(join(directory, 'logs'));
    const script = join(directory, 'init.sh');
    await writeFile(script, INIT);
    const init = new Daemon({
      name: 'cell',
      command: 'unshare',
      args: [
        '--net',
        '--mount',
        '--pid',
        '--ipc',
        '--uts',
        '--propagation',
        'private',
        '--mount-proc',
        '--fork',
        '--kill-child=KILL',
        '--',
        'bash',
        script,
        join(directory, 'ready'),
      ],
      logFile: join(directory, 'logs', 'cell.log'),
    });
    const cell = new Cell(directory, init, cgroup);
    await waitFor('the cell', () => readFile(join(directory, 'ready'), 'utf8'), {
      timeoutMs: 10_000,
      check: () => init.assertRunning(),
    });
    const children = await readFile(`/proc/${init.pid}/task/${init.pid}/children`, 'utf8');
    cell.#initPid = Number.parseInt(children, 10);
    return cell;
  }

  start(name: string, command: string, args: string[], env?: Record<string, string>): Daemon {
    const daemon = new Daemon({
      name,
      command: 'nsenter',
      args: [...this.#enter(), command, ...args],
      env,
      logFile: join(this.directory, 'logs', `${name}.log`),
    });
    this.#daemons.push(daemon);
    return daemon;
  }

  run(command: string, args: string[], options?: RunOptions): Promise<Output> {
    return run('nsenter', [...this.#enter(), command, ...args], options);
  }

  async expose(port: number): Promise<void> {
    this.#forwarders.push(await forward(this.#initPid, port));
  }

  async assertRunning(): Promise<void> {
    for (const daemon of [this.#init, ...this.#daemons]) await daemon.assertRunning();
  }

  async close(): Promise<void> {
    for (const forwarder of this.#forwarders) forwarder.close();
    for (const daemon of this.#daemons) daemon.expectEnd();
    await this.#init.stop(0);
    await Promise.all(this.#daemons.map(daemon => daemon.ended));
    await removeCgroups(this.cgroup);
    await rm(this.directory, { recursive: true, force: true });
  }

  #enter(): string[] {
    return ['--target', `${this.#initPid}`, '--net', '--mount', '--pid', '--ipc', '--uts', '--'];
  }
}

/**
 * What the cell's first process does: hides the machine's run-time and log directories behind empty ones, brings
 * up the network, and then only reaps orphans. Mounts are shared within the cell, as the kubelet expects.
 */
const INIT = `set -eu
mount --make-rshared /
for directory in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs $directory; done
mkdir -p /var/lib/plane /run/netns
ip link set lo up
ip address add ${NODE_ADDRESS}/32 dev lo
hostname node-1
echo ready > "$1"
sleep infinity &
wait
`;
