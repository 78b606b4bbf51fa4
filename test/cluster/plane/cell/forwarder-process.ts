import { connect, type Server, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

const port = Number(process.argv[2]);

process.on('message', (_message, handle) => {
  (handle as Server).on('connection', (outside: Socket) => {
    const inside = connect(port, '127.0.0.1');
    // Either side may cut the connection at any time, which the other end then sees.
    pipeline(outside, inside, () => {});
    pipeline(inside, outside, () => {});
  });
  process.send?.('ready');
});
