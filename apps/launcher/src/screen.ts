import { TOPICS } from '@parley/contracts';
import type { Wiring } from './wiring.ts';

export interface ScreenOptions {
  readonly wiring: Wiring;
  /** Without them the Kafka way in is the gateway's own door to its in-process bus. */
  readonly brokers: string | undefined;
  readonly kafka: string;
  readonly redis: string;
  readonly sendTopic: string;
  readonly logFolder: string;
  readonly seconds: number;
}

/** Everything a newcomer needs, on one screen: what runs where, and one line to paste for each way in. */
export function screen({
  wiring,
  brokers,
  kafka,
  redis,
  sendTopic,
  logFolder,
  seconds,
}: ScreenOptions): string {
  const { gatewayUrl, sandboxUrl, grpcAddress } = wiring;
  return `
Parley is up after ${seconds.toFixed(1)} s. Ctrl-C stops everything.

  gateway   gRPC ${grpcAddress}
            HTTP ${gatewayUrl}   (${gatewayUrl}/health/ready)
  phone     ${sandboxUrl}   (open it: the sandbox shows each text as WhatsApp would)
  Kafka     ${kafka}${brokers === undefined ? '' : `, at ${brokers}`}
  Redis     ${redis}
  logs      ${logFolder}

Send a text, over
  gRPC   npx parley send --grpc ${grpcAddress} --to +14155550100 --text 'Hello over gRPC'
  Kafka  ${kafkaLine(gatewayUrl, brokers, sendTopic)}
  HTTP   ${httpLine(gatewayUrl)}

What comes back:
`;
}

function kafkaLine(gatewayUrl: string, brokers: string | undefined, sendTopic: string): string {
  const to = '+14155550101';
  if (brokers !== undefined) {
    const topic = sendTopic === TOPICS.send ? '' : ` --topic ${sendTopic}`;
    return `npx parley produce --brokers ${brokers}${topic} --to ${to} --text 'Hello over Kafka'`;
  }
  // Its own id each time it is pasted: a known id is answered with the earlier outcome, and nothing is sent.
  const value = `{"messageId":"'$(date +%s)'","phoneNumber":"${to}","text":{"body":"Hello over the bus"}}`;
  return `curl -sS ${gatewayUrl}/dev/bus/${sendTopic} -H 'content-type: application/json' -d '${value}'`;
}

function httpLine(gatewayUrl: string): string {
  const body =
    '{"messages":[{"phoneNumber":"+14155550102","message":{"type":"text","text":{"body":"Hello over HTTP"}}}]}';
  const headers = "-H 'X-INS-AUTH-KEY: local' -H 'content-type: application/json'";
  return `curl -sS ${gatewayUrl}/v1/conversational/send ${headers} -d '${body}'`;
}
