import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import type { FloodOptions } from './forged-flood.ts';

/**
 * The thread behind ForgedFlood. Writes requests that were made before and reads no more of an answer than its status
 * and where it ends: an HTTP client would cost as much as the gateway that is to be flooded.
 */
const { url, tokens, body, perSecond, connections } = workerData as FloodOptions;
const { hostname, port, pathname } = new URL(url);
const requests = tokens.map((token) =>
  Buffer.from(
    [
      `POST ${pathname} HTTP/1.1`,
      `host: ${hostname}:${port}`,
      ...(token === '' ? [] : [`authorization: Bearer ${token}`]),
      'content-type: application/json',
      `content-length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n'),
  ),
);
const TICK_MS = 5;

const answers: Record<string, number> = {};
const idle: Socket[] = [];
let written = 0;
const startedMs = performance.now();

for (let opened = 0; opened < connections; opened += 1) open();
const ticking = setInterval(writeWhatIsDue, TICK_MS);
parentPort?.once('message', () => {
  clearInterval(ticking);
  parentPort?.postMessage(answers);
});

function writeWhatIsDue(): void {
  const due = ((performance.now() - startedMs) / 1000) * perSecond;
  while (written < due) {
    const socket = idle.pop();
    if (!socket) {
      // Everybody waits for an answer: what could not be written is not made up for.
      written = Math.floor(due);
      return;
    }
    socket.write(requests[written % requests.length] ?? '');
    written += 1;
  }
}

function open(): void {
  const socket = connect(Number(port), hostname);
  let received = '';
  socket.setNoDelay(true);
  socket.on('connect', () => idle.push(socket));
  socket.on('data', (data) => {
    received += data.toString('latin1');
    const answer = /^HTTP\/1\.1 (\d+)[^]*?\r\ncontent-length: (\d+)[^]*?\r\n\r\n/i.exec(received);
    if (!answer || received.length < answer[0].length + Number(answer[2])) return;
    const [, status = ''] = answer;
    answers[status] = (answers[status] ?? 0) + 1;
    received = '';
    idle.push(socket);
    writeWhatIsDue();
  });
  socket.on('error', () => undefined); // 'close' follows
  socket.on('close', () => {
    const at = idle.indexOf(socket);
    if (at >= 0) idle.splice(at, 1);
    answers['closed'] = (answers['closed'] ?? 0) + 1;
    if (ticking.hasRef()) setTimeout(open, TICK_MS);
  });
}
