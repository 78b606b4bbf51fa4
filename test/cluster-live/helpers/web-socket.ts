import { createHash } from 'node:crypto';
import type { Duplex } from 'node:stream';

/** The server's side of a WebSocket, as far as a test of exec needs it: it sends binary frames and closes. */
export interface ServerSocket {
  send(channel: number, data: string): void;
  close(): void;
  /** Settles when the other side has gone. */
  gone: Promise<void>;
}

/** Answers an upgrade request with the first offered subprotocol. */
export function acceptWebSocket(socket: Duplex, key: string, protocols: string): ServerSocket {
  const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\nSec-WebSocket-Protocol: ${protocols.split(',')[0]!.trim()}\r\n\r\n`,
  );
  socket.on('error', () => undefined);
  const gone = new Promise<void>(resolve => {
    socket.on('data', (data: Buffer) => {
      // A close frame (opcode 8) is answered by closing.
      if ((data[0]! & 0x0f) === 8) socket.end();
    });
    socket.on('close', () => resolve());
  });
  return {
    send: (channel, data) => {
      const payload = Buffer.concat([Buffer.from([channel]), Buffer.from(data)]);
      const length =
        payload.length < 126 ? [payload.length] : [126, payload.length >> 8, payload.length & 0xff];
      socket.write(Buffer.concat([Buffer.from([0x82, ...length]), payload]));
    },
    close: () => socket.end(Buffer.from([0x88, 0])),
    gone,
  };
}
