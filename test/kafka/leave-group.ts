import { once } from 'node:events';
import { connect } from 'node:net';

const LEAVE_GROUP = { apiKey: 13, apiVersion: 1 };
const TIMEOUT_MS = 5_000;
/** Of an answer: its length, the request's number, the throttle time, then the error code. */
const ERROR_CODE_AT = 12;
const UNKNOWN_MEMBER_ID = 25;

/**
 * Tells the group's coordinator that a member is gone: what a member says that stops in good order, said for one that
 * was killed, so that a test need not wait for its session to time out.
 *
 * @param broker `host:port` of the coordinator: in a cluster of one, of the broker
 * @throws Error when it was not understood; a member that is unknown by then is no error
 */
export async function leaveGroup(
  broker: string,
  { groupId, memberId }: { readonly groupId: string; readonly memberId: string },
): Promise<void> {
  const [host = '', port] = broker.split(':');
  const socket = connect({ host, port: Number(port) });
  try {
    socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error('the broker did not answer')));
    socket.write(requestOf(groupId, memberId));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    const code = answer.readInt16BE(ERROR_CODE_AT);
    if (code !== 0 && code !== UNKNOWN_MEMBER_ID) throw new Error(`leaving the group was answered ${code}`);
  } finally {
    socket.destroy();
  }
}

/** https://kafka.apache.org/protocol.html#The_Messages_LeaveGroup */
function requestOf(groupId: string, memberId: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt16BE(LEAVE_GROUP.apiKey, 0);
  head.writeInt16BE(LEAVE_GROUP.apiVersion, 2);
  head.writeInt32BE(1, 4);
  const request = Buffer.concat([head, ...['test', groupId, memberId].map(stringOf)]);
  const length = Buffer.alloc(4);
  length.writeInt32BE(request.length);
  return Buffer.concat([length, request]);
}

function stringOf(text: string): Buffer {
  const length = Buffer.alloc(2);
  length.writeInt16BE(Buffer.byteLength(text));
  return Buffer.concat([length, Buffer.from(text)]);
}
