import type { Container } from './shapes.ts';

interface Mount {
  name: string;
  mountPath: string;
  subPath?: string;
}

/** Where a command without a slash is looked for when the image says nothing else (runc's default PATH). */
const SEARCHED = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The volume that takes the place of the image's own folder in which a command should be, if one does. */
export function hidingMount(container: Container, command: string): Mount | undefined {
  const folders = command.includes('/') ? [command.slice(0, command.lastIndexOf('/'))] : SEARCHED;
  return ((container.volumeMounts ?? []) as Mount[]).find(
    mount =>
      !mount.subPath &&
      folders.some(folder => folder === mount.mountPath || folder.startsWith(`${mount.mountPath}/`)),
  );
}
