/**
 * Settings of a single node that is broker and controller at once, for development and tests: nothing is replicated, and
 * a consumer group starts at once instead of waiting three seconds for more members.
 */
export function brokerSettings(options: {
  /** Where clients reach it, `host:port`. */
  readonly advertised: string;
  readonly listenHost: string;
  readonly brokerPort: number;
  readonly controllerPort: number;
}): Readonly<Record<string, string>> {
  const { advertised, listenHost, brokerPort, controllerPort } = options;
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'CLIENTS',
    'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    listeners: `CLIENTS://${listenHost}:${brokerPort},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `CLIENTS://${advertised}`,
    // Killed and started again, it is refused for so long, because its former self counts as alive.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'auto.create.topics.enable': 'true',
    'group.initial.rebalance.delay.ms': '0',
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
  };
}
